import Benchmark
import Pacing

/// What pacing costs: per send where tokens are taken one by one, per batch where they are not.
func limiterBenchmarks() {
    // The clock moves by 640 us per call: at 100,000/s that is a batch of 64.
    let step: Int64 = 640_000
    let limit = { (try? RateLimit(100_000, burst: 2_000)) ?? .unlimited }

    Benchmark("RateLimiter: take 1, 1,000 times") { benchmark in
        let limiter = RateLimiter(limit(), nowNanoseconds: 0)
        var now: Int64 = 0
        benchmark.startMeasurement()
        for _ in 0..<1_000 {
            now += step
            blackHole(limiter.take(upTo: 1, nowNanoseconds: now))
        }
    }

    Benchmark("RateLimiter: take 64, 1,000 times") { benchmark in
        let limiter = RateLimiter(limit(), nowNanoseconds: 0)
        var now: Int64 = 0
        benchmark.startMeasurement()
        for _ in 0..<1_000 {
            now += step
            blackHole(limiter.take(upTo: 64, nowNanoseconds: now))
        }
    }

    Benchmark("RateLimiter: take from an empty limiter, 1,000 times") { benchmark in
        let limiter = RateLimiter(limit(), nowNanoseconds: 0)
        blackHole(limiter.take(upTo: 2_000, nowNanoseconds: 0))
        benchmark.startMeasurement()
        for _ in 0..<1_000 { blackHole(limiter.take(upTo: 64, nowNanoseconds: 0)) }
    }

    Benchmark("RateLimiter: take 64 without a limit, 1,000 times") { benchmark in
        let limiter = RateLimiter(.unlimited, nowNanoseconds: 0)
        benchmark.startMeasurement()
        for _ in 0..<1_000 { blackHole(limiter.take(upTo: 64, nowNanoseconds: 0)) }
    }

    Benchmark("LimiterChain of 4: take 64, 1,000 times") { benchmark in
        let chain = LimiterChain(
            LimiterLevel.allCases.map { .init($0, RateLimiter(limit(), nowNanoseconds: 0)) })
        var now: Int64 = 0
        benchmark.startMeasurement()
        for _ in 0..<1_000 {
            now += step
            blackHole(chain.take(upTo: 64, nowNanoseconds: now).count)
        }
    }
}
