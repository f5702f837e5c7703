import Structures
import Testing

@Suite("SPSCRing")
struct SPSCRingTests {
    /// One call on a ring, with what it may be given.
    private enum Operation: CaseIterable {
        case push, pushThree, pop, popThree, drain, drainTwo
    }

    /// Every sequence of `length` operations, as digits of a number.
    private func forEachSequence(length: Int, _ body: ([Operation]) throws -> Void) rethrows {
        let all = Operation.allCases
        var total = 1
        for _ in 0..<length { total *= all.count }
        for number in 0..<total {
            var rest = number
            var sequence: [Operation] = []
            for _ in 0..<length {
                sequence.append(all[rest % all.count])
                rest /= all.count
            }
            try body(sequence)
        }
    }

    @Test("every short sequence of operations agrees with a queue", arguments: [1, 2, 4])
    func everyShortSequenceAgreesWithAQueue(capacity: Int) throws {
        try forEachSequence(length: 5) { sequence in
            let ring = SPSCRing<UInt32>(minimumCapacity: capacity)
            var model: [UInt32] = []
            var next: UInt32 = 0

            func pushes(_ count: Int) throws {
                let values = (0..<count).map { next + UInt32($0) }
                let pushed = ring.push(contentsOf: values.span)
                try #require(pushed == min(count, capacity - model.count))
                model.append(contentsOf: values.prefix(pushed))
                next += UInt32(count)
            }
            func pops(_ count: Int) throws {
                var values = [UInt32](repeating: .max, count: count)
                var span = values.mutableSpan
                let popped = ring.popBatch(into: &span)
                try #require(popped == min(count, model.count))
                try #require(values.prefix(popped) == model.prefix(popped))
                try #require(values.dropFirst(popped).allSatisfy { $0 == .max })
                model.removeFirst(popped)
            }
            func drains(_ limit: Int) throws {
                var values: [UInt32] = []
                let drained = ring.drain(limit: limit) { values.append($0) }
                try #require(drained == min(limit, model.count))
                try #require(values[...] == model.prefix(drained))
                model.removeFirst(drained)
            }

            for operation in sequence {
                switch operation {
                case .push:
                    let pushed = ring.tryPush(next)
                    try #require(pushed == (model.count < capacity))
                    if pushed { model.append(next) }
                    next += 1
                case .pop:
                    try #require(ring.tryPop() == model.first)
                    model = Array(model.dropFirst())
                case .pushThree: try pushes(3)
                case .popThree: try pops(3)
                case .drain: try drains(.max)
                case .drainTwo: try drains(2)
                }
                try #require(ring.count == model.count)
                try #require(ring.isEmpty == model.isEmpty)
                ring.checkInvariants()
            }
        }
    }

    @Test("the capacity is the next power of two")
    func capacityIsThePowerOfTwoAbove() {
        for (asked, got) in [(1, 1), (2, 2), (3, 4), (4, 4), (5, 8), (1000, 1024), (1024, 1024)] {
            #expect(SPSCRing<UInt8>(minimumCapacity: asked).capacity == got)
        }
    }

    @Test("what is pushed while a drain runs waits for the next drain")
    func drainTakesWhatWasThere() {
        let ring = SPSCRing<Int>(minimumCapacity: 4)
        _ = ring.tryPush(1)
        var seen: [Int] = []
        ring.drain { value in
            seen.append(value)
            #expect(ring.tryPush(value + 1))
        }
        #expect(seen == [1])
        #expect(ring.tryPop() == 2)
    }

    @Test("an empty batch moves nothing")
    func emptyBatchMovesNothing() {
        let ring = SPSCRing<Int>(minimumCapacity: 2)
        let none: [Int] = []
        #expect(ring.push(contentsOf: none.span) == 0)
        var buffer: [Int] = []
        var span = buffer.mutableSpan
        #expect(ring.popBatch(into: &span) == 0)
        #expect(ring.drain(limit: 0) { _ in Issue.record("nothing to drain") } == 0)
    }

    @Test("two threads hand over every element once and in order", arguments: [1, 8, 64])
    func twoThreadsKeepTheOrder(capacity: Int) {
        let total = 40_000
        let ring = SPSCRing<UInt64>(minimumCapacity: capacity)
        runOnThreads([
            {
                var generator = SeededGenerator(seed: 1)
                var next: UInt64 = 0
                while next < total {
                    let count = Int.random(in: 1...17, using: &generator)
                    let values = (0..<min(UInt64(count), UInt64(total) - next)).map { next + $0 }
                    let pushed =
                        values.count == 1
                        ? (ring.tryPush(values[0]) ? 1 : 0) : ring.push(contentsOf: values.span)
                    next += UInt64(pushed)
                    if pushed == 0 { letOthersRun() }
                }
            },
            {
                var generator = SeededGenerator(seed: 2)
                var buffer = [UInt64](repeating: 0, count: 16)
                var expected: UInt64 = 0
                while expected < total {
                    var popped: [UInt64] = []
                    switch Int.random(in: 0..<3, using: &generator) {
                    case 0:
                        if let value = ring.tryPop() { popped.append(value) }
                    case 1:
                        var span = buffer.mutableSpan
                        let count = ring.popBatch(into: &span)
                        popped.append(contentsOf: buffer.prefix(count))
                    default:
                        ring.drain(limit: 5) { popped.append($0) }
                    }
                    if popped != (0..<UInt64(popped.count)).map({ expected + $0 }) {
                        Issue.record(
                            "Expected \(popped.count) elements from \(expected): \(popped)")
                        return
                    }
                    expected += UInt64(popped.count)
                    if popped.isEmpty { letOthersRun() }
                }
            },
        ])
        #expect(ring.isEmpty)
        ring.checkInvariants()
    }
}
