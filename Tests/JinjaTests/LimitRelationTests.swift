import Jinja
import Testing

/// What the limits say of each other and of the types that they bound.
@Suite struct LimitRelationTests {
    @Test func placesInTemplatesFitTheNumbersThatNameThem() {
        // Offsets and the targets of jumps are 32 bits.
        #expect(JinjaLimits.templateBytes < Int(Int32.max))
        #expect(JinjaLimits.instructions < Int(Int32.max))
    }

    @Test func aFoldedPartIsOneThatCouldBeRendered() {
        #expect(JinjaLimits.foldingFuel <= JinjaLimits.foldingEffort)
        #expect(JinjaLimits.foldingEffort <= JinjaLimits.fuel)
        #expect(JinjaLimits.foldedBytes <= JinjaLimits.outputBytes)
    }

    @Test func memoryGrowsFromAChunkToWhatIsKeptToTheLimit() {
        #expect(JinjaLimits.arenaChunkBytes <= JinjaLimits.arenaBytesRetained)
        #expect(JinjaLimits.arenaBytesRetained <= JinjaLimits.arenaBytes)
        #expect(JinjaLimits.stringBytes <= JinjaLimits.arenaBytes)
        #expect(JinjaLimits.listItems * 16 <= JinjaLimits.arenaBytes)
        #expect(JinjaLimits.rangeItems <= JinjaLimits.listItems)
    }

    @Test func anIntegerThatMayBeWrittenOutMayBeReached() {
        // A decimal digit is 3.32 bits.
        #expect(JinjaLimits.integerDigits * 10 / 3 <= JinjaLimits.integerBits)
    }

    @Test func aSchemaIsNoDeeperThanItsValues() {
        #expect(JinjaLimits.schemaDepth <= JinjaLimits.valueDepth)
        #expect(JinjaLimits.includeDepth <= JinjaLimits.callDepth)
    }
}
