import Filters
import Testing

/// What the limits say of each other.
@Suite struct LimitRelationTests {
    @Test func theLongestListOfTheLongestStringsIsAllowed() {
        #expect(FilterLimits.values * FilterLimits.stringBytes <= FilterLimits.totalBytes)
    }

    @Test func namesFitTheStringsThatHoldThem() {
        let path = FilterLimits.attributeSteps * (FilterLimits.attributeStepBytes + 1)
        #expect(path <= FilterLimits.stringBytes)
        #expect(FilterLimits.eventNameBytes <= FilterLimits.stringBytes)
        #expect(FilterLimits.autocompleteCharacters <= FilterLimits.stringBytes)
    }

    @Test func aFilterHasRoomForAConditionOnEachLevel() {
        #expect(FilterLimits.depth <= FilterLimits.conditions)
    }
}
