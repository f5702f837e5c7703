import Engine
import Testing

@testable import Audience

/// What the limits say of each other and of the types that they bound.
@Suite struct LimitRelationTests {
    @Test func aRowOfUsersHoldsTheLongestAttributesInEscapes() {
        // `\u0001` for each byte.
        #expect(6 * UserLimits.attributeBytes < UserLimits.rowBytes)
    }

    @Test func aUserFitsARow() {
        let tags = UserLimits.tags * UserLimits.tagLength
        let endpoints = UserLimits.endpoints * (UserLimits.urlLength + UserLimits.endpointIDLength)
        let names =
            UserLimits.idLength + UserLimits.nameLength + UserLimits.localeLength
            + UserLimits.timezoneLength
        #expect(UserLimits.attributeBytes + tags + endpoints + names < UserLimits.rowBytes)
    }

    @Test func aBatchHasRoomForTheLargestRow() {
        #expect(UserReader.BatchSize().bytes >= UserLimits.rowBytes)
        #expect(UserReader.BatchSize().rows >= 1)
    }

    @Test func theSearchForDuplicatesTakesTheMemoryThatIsSaid() {
        let sizes = SpoolSizes.standard
        let entry = MemoryLayout<UserIDSpool.Entry>.stride
        #expect(sizes.partitions * sizes.blockEntries * entry == 4 << 20)
        #expect(sizes.entriesPerTurnMax * 64 == 16 << 20)
        #expect(sizes.ordinalsPerSweep / 8 == 8 << 20)
    }

    @Test func anIdAndAColumnFitARow() {
        let limits = AudienceLimits.standard
        #expect(limits.userIDBytesMax <= limits.rowBytesMax)
        #expect(limits.columnNameBytesMax <= limits.rowBytesMax)
        #expect(BufferSizes.lookaheadBytes <= BufferSizes.windowBytes)
    }
}
