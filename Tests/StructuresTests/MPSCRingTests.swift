import Structures
import Synchronization
import Testing

@Suite("MPSCRing")
struct MPSCRingTests {
    /// An element that counts its lives.
    private final class Command: Sendable {
        static let alive = Atomic<Int>(0)
        let number: Int

        init(number: Int) {
            self.number = number
            Self.alive.wrappingAdd(1, ordering: .relaxed)
        }

        deinit {
            Self.alive.wrappingSubtract(1, ordering: .relaxed)
        }
    }

    @Test("every short sequence of pushes, pops and drains agrees with a queue", arguments: [2, 4])
    func everyShortSequenceAgreesWithAQueue(capacity: Int) throws {
        let length = 7
        for bits in 0..<(1 << (2 * length)) where bits & 0b11 < 1 {
            let ring = MPSCRing<Int>(minimumCapacity: capacity)
            var model: [Int] = []
            for step in 0..<length {
                switch bits >> (2 * step) & 0b11 {
                case 0, 1:
                    // Twice as likely as the others, so that a full ring is common.
                    let pushed = ring.tryPush(step)
                    try #require(pushed == (model.count < capacity))
                    if pushed { model.append(step) }
                case 2:
                    try #require(ring.tryPop() == model.first)
                    model = Array(model.dropFirst())
                default:
                    var drained: [Int] = []
                    ring.drain(limit: 2) { drained.append($0) }
                    try #require(drained == Array(model.prefix(2)))
                    model = Array(model.dropFirst(2))
                }
            }
            try #require(ring.count == model.count)
            ring.checkInvariants()
        }
    }

    @Test("a ring for one element holds two, because one cell cannot tell full from empty")
    func smallestCapacityIsTwo() {
        let ring = MPSCRing<String>(minimumCapacity: 1)
        #expect(ring.capacity == 2)
        #expect(ring.tryPush("a") && ring.tryPush("b") && !ring.tryPush("c"))
    }

    @Test("a drain ends even if its body refills the ring")
    func drainEndsWhileRefilled() {
        let ring = MPSCRing<Int>(minimumCapacity: 4)
        #expect(ring.tryPush(0))
        #expect(ring.drain { _ = ring.tryPush($0 + 1) } == 4)
        #expect(ring.tryPop() == 4)
    }

    @Test("elements that are left are released with the ring")
    func leftElementsAreReleased() {
        do {
            let ring = MPSCRing<Command>(minimumCapacity: 4)
            for number in 0..<6 { _ = ring.tryPush(Command(number: number)) }
            #expect(ring.tryPop()?.number == 0)
            #expect(Command.alive.load(ordering: .relaxed) == 3)
        }
        #expect(Command.alive.load(ordering: .relaxed) == 0)
    }

    @Test("four threads lose nothing and keep each producer's order")
    func manyProducersKeepTheirOrder() {
        let perProducer = 5_000
        let producers = 3
        let ring = MPSCRing<[Int]>(minimumCapacity: 16)
        var threads: [@Sendable () -> Void] = (0..<producers).map { producer in
            {
                for number in 0..<perProducer {
                    while !ring.tryPush([producer, number]) { letOthersRun() }
                }
            }
        }
        threads.append {
            var next = [Int](repeating: 0, count: producers)
            var left = perProducer * producers
            while left > 0 {
                let drained = ring.drain(limit: 7) { element in
                    if element[1] != next[element[0]] { Issue.record("Out of order: \(element)") }
                    next[element[0]] = element[1] + 1
                }
                left -= drained
                if drained == 0 { letOthersRun() }
            }
        }
        runOnThreads(threads)
        #expect(ring.isEmpty)
        ring.checkInvariants()
    }
}
