import Jinja
import Pacing
import Testing

@testable import Engine

/// What the limits say of each other and of the types that they bound.
@Suite struct LimitRelationTests {
    @Test func namesOfRunsRecipientsAndSendsFitTheirNumbers() {
        #expect(EngineLimits.campaignsMax - 1 <= Int(UInt16.max))
        // `.max` ends a list of recipients.
        let recipients = EngineLimits.pagesPerShardMax * PageLayout.recipientsMax
        #expect(recipients <= Int(RecipientLinks.end))
        // Two digits in a key.
        #expect(EngineLimits.sendsPerCampaignMax <= 100)
    }

    @Test func aCampaignsPartIsNoLargerThanTheWhole() {
        #expect(EngineLimits.pagesAhead <= EngineLimits.pagesPerCampaignMax)
        #expect(EngineLimits.pagesPerCampaignMax <= EngineLimits.pagesPerShardMax)
        #expect(EngineLimits.sendsPerCampaignQuantum <= EngineLimits.sendsPerTurn)
        #expect(EngineLimits.failuresPerCampaignQuantum <= EngineLimits.failuresPerTurn)
    }

    @Test func aBodyThatIsTooLongCanBeTold() {
        #expect(EngineLimits.renderedBytesMax > EngineLimits.bodyBytesMax)
        #expect(EngineLimits.renderedBytesMax <= JinjaLimits.arenaBytes)
        #expect(EngineLimits.flightBufferKeptBytes <= EngineLimits.bodyBytesMax)
    }

    @Test func aShardAsksAgainWhileItIsOwedAPlace() {
        // Some times the interval at which it asks.
        #expect(PacingLimits.refusedNanosecondsMax >= 2 * EngineLimits.placePollNanoseconds)
    }

    @Test func aPageIsHeldForShorterThanItWaits() {
        #expect(EngineLimits.pageTenureMilliseconds <= EngineLimits.parkBeyondMilliseconds)
        #expect(EngineLimits.idleMilliseconds <= EngineLimits.pageTenureMilliseconds)
    }

    @Test func aProbeHasRoomForEveryScope() {
        #expect(EngineLimits.eligibilityScopesMax <= SIMD4<UInt64>.scalarCount)
    }
}
