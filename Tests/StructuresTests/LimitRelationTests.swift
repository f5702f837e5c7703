import Testing

@testable import Structures

/// What the limits say of each other and of the types that they bound.
@Suite struct LimitRelationTests {
    @Test func numbersOfSlotsAndTimersFitTheirIds() {
        // `.max` is the number of no slot and of no node.
        #expect(StructuresLimits.slabCapacityMax < Int(UInt32.max))
        #expect(StructuresLimits.timersMax < Int(UInt32.max))
    }

    @Test func aWheelBeginsWithinItsLimitAndTakesTheMemoryThatIsSaid() {
        #expect(StructuresLimits.timersInitial <= StructuresLimits.timersMax)
        let node = MemoryLayout<TimerNode>.stride
        #expect(StructuresLimits.timersMax * node == 512 << 20)
        #expect(StructuresLimits.timersInitial * node == 8 << 10)
    }

    @Test func aRingIsAPowerOfTwoUpToTheLimitItself() {
        #expect(StructuresLimits.ringCapacityMax.nonzeroBitCount == 1)
    }
}
