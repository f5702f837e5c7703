import Engine
import Runtime
import Testing

/// What the limits say of each other and of the types that they bound.
@Suite struct LimitRelationTests {
    @Test func everyShardIsATakerOfItsOwnAtASharedBound() {
        // `InFlightLimit` knows takers from 1 to 64.
        #expect(RuntimeLimits.shardsMax <= 64)
    }

    @Test func thereIsRoomForAnAnswerToEveryRequest() {
        #expect(RuntimeLimits.storeAnswersMax >= RuntimeLimits.storeRequestsMax)
        #expect(RuntimeLimits.requestsPerTransaction <= RuntimeLimits.storeRequestsMax)
    }

    @Test func aShardCanCommitAllItsPagesAtOnce() {
        #expect(RuntimeLimits.storeRequestsMax >= EngineLimits.pagesPerShardMax)
    }

    @Test func aBufferThatIsKeptIsNotTheLargest() {
        #expect(RuntimeLimits.pageBufferKeptBytes <= PageLayout.bytesMax)
    }
}
