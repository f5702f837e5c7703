// One file per part of the path. Every benchmark's name says how many operations one sample is: the
// figures are for all of them, because a single one is shorter than a nanosecond can show.

import Benchmark

let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock, .instructions], timeUnits: .nanoseconds, warmupIterations: 3,
        maxDuration: .milliseconds(400))
    ringBenchmarks()
    slabBenchmarks()
    timerBenchmarks()
    limiterBenchmarks()
    let audience = BenchmarkAudience(recipients: 20_000)
    pageBenchmarks(audience)
    renderBenchmarks(audience)
    dispatchBenchmarks(audience)
}
