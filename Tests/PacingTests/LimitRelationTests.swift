import Testing

@testable import Pacing

/// What the limits say of each other and of the types that they bound.
@Suite struct LimitRelationTests {
    @Test func everyBoundOfAChainHasABitOfItsOwn() {
        #expect(PacingLimits.chainLevelsMax <= LimiterChain.Places.bitWidth)
        #expect(PacingLimits.chainLevelsMax >= LimiterLevel.allCases.count)
    }

    @Test func theDefaultBurstOfTheFastestRateIsOneThatMayBeGiven() {
        let perSecond = Int64(PacingLimits.ratePerSecondMax)
        let burst = perSecond * PacingLimits.burstNanosecondsDefault / 1_000_000_000
        #expect(burst <= PacingLimits.burstMax)
        // More than a second of a million sends.
        #expect(PacingLimits.burstMax > 1_000_000)
    }

    @Test func theLongestDebtFitsTheTimeOfTheWord() {
        // A TAT counts from an origin that may be so old, and stays below 2^59 (invariant 1).
        let longest = PacingLimits.debtNanosecondsMax + PacingLimits.originAgeNanosecondsMax
        #expect(longest < 1 << 59)
    }

    @Test func durationsCanBeAddedToTimes() {
        let (sum, overflow) = PacingLimits.durationNanosecondsMax.multipliedReportingOverflow(by: 4)
        #expect(!overflow && sum > 0)
    }
}
