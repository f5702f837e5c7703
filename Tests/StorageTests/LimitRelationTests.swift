import Engine
import Testing

@testable import Storage

/// What the limits say of each other and of the types that they bound.
@Suite struct LimitRelationTests {
    @Test func whatThePageCodecBuildsIsTaken() {
        #expect(StorageLimits.recipientsBytesMax >= PageLayout.bytesMax)
        #expect(StorageLimits.valueBytesMax <= StorageLimits.recipientsBytesMax)
    }

    @Test func aCampaignHasTheRecipientsThatAreSaid() {
        #expect(StorageLimits.pagesMax * PageLayout.recipientsMax == 1 << 32)
        #expect(StorageLimits.pagesMax - 1 <= Int(UInt32.max))
    }

    @Test func aGenerationEndsBeforeItsByteWraps() {
        #expect(StorageLimits.generationMax == type(of: DeliveryRecord().generation).max)
    }

    @Test func theLogKeepsWhatACheckpointLeaves() {
        let checkpoint = StorageLimits.checkpointDatabasePages * StorageLimits.databasePageBytes
        #expect(checkpoint == 16 << 20)
        #expect(StorageLimits.logBytesKept >= checkpoint)
        #expect(StorageLimits.databasePageBytes.nonzeroBitCount == 1)
    }
}
