import Benchmark
import Foundation
import Structures

/// What a page, an outcome or a command costs on its way between threads.
func ringBenchmarks() {
    Benchmark("SPSCRing: push and pop, 1,000 elements") { benchmark in
        let ring = SPSCRing<UInt64>(minimumCapacity: 1_024)
        benchmark.startMeasurement()
        for value in 0..<1_000 as Range<UInt64> {
            blackHole(ring.tryPush(value))
            blackHole(ring.tryPop())
        }
    }

    Benchmark("SPSCRing: push and pop in batches of 64, 64,000 elements") { benchmark in
        let ring = SPSCRing<UInt64>(minimumCapacity: 1_024)
        let source = [UInt64](repeating: 7, count: 64)
        var target = source
        benchmark.startMeasurement()
        for _ in 0..<1_000 {
            blackHole(ring.push(contentsOf: source.span))
            var span = target.mutableSpan
            blackHole(ring.popBatch(into: &span))
        }
    }

    Benchmark("SPSCRing: between two threads, 1,000,000 elements") { benchmark in
        let ring = SPSCRing<UInt64>(minimumCapacity: 1_024)
        handOver(1_000_000, benchmark) { value in
            while !ring.tryPush(value) { sched_yield() }
        } consume: {
            while true {
                if let value = ring.tryPop() { return value }
                sched_yield()
            }
        }
    }

    Benchmark("MPSCRing: push and pop, 1,000 elements") { benchmark in
        let ring = MPSCRing<UInt64>(minimumCapacity: 1_024)
        benchmark.startMeasurement()
        for value in 0..<1_000 as Range<UInt64> {
            blackHole(ring.tryPush(value))
            blackHole(ring.tryPop())
        }
    }
}

/// Produces on a new thread, consumes on this one.
@inline(__always)
private func handOver(
    _ count: UInt64, _ benchmark: Benchmark, produce: @escaping @Sendable (UInt64) -> Void,
    consume: () -> UInt64
) {
    Thread.detachNewThread {
        for value in 0..<count { produce(value) }
    }
    _ = consume()
    benchmark.startMeasurement()
    for _ in 1..<count { blackHole(consume()) }
    benchmark.stopMeasurement()
}

/// What it costs to name a send in flight.
func slabBenchmarks() {
    Benchmark("Slab: take, modify and release, 1,000 slots") { benchmark in
        let slab = Slab(capacity: 256) { UInt64($0) }
        benchmark.startMeasurement()
        for _ in 0..<1_000 {
            guard let id = slab.take() else { break }
            slab[id] &+= 1
            blackHole(slab.release(id))
        }
    }
}
