import Benchmark
import Structures

/// What a timeout costs that never fires, and a retry that does.
func timerBenchmarks() {
    Benchmark("TimerWheel: insert and cancel, 1,000 timeouts of 30 s") { benchmark in
        let wheel = TimerWheel(limit: 10_000, nowMilliseconds: 1_000_000)
        benchmark.startMeasurement()
        for payload in 0..<1_000 as Range<UInt64> {
            guard let timer = wheel.insert(payload, deadlineMilliseconds: 1_030_000) else { break }
            blackHole(wheel.cancel(timer))
        }
    }

    Benchmark("TimerWheel: insert and fire, 1,000 timers within 10 s") { benchmark in
        let wheel = TimerWheel(limit: 10_000, nowMilliseconds: 1_000_000)
        benchmark.startMeasurement()
        for payload in 0..<1_000 as Range<UInt64> {
            wheel.insert(payload, deadlineMilliseconds: 1_000_000 + payload &* 7_919 % 10_000)
        }
        // A loop turn every 5 ms.
        var now: UInt64 = 1_000_000
        while wheel.count > 0 {
            now += 5
            wheel.advance(to: now) { blackHole($0) }
        }
    }

    Benchmark("TimerWheel: next deadline and an advance that fires nothing, 1,000 turns") {
        benchmark in
        let wheel = TimerWheel(limit: 10_000, nowMilliseconds: 1_000_000)
        for payload in 0..<1_000 as Range<UInt64> {
            wheel.insert(payload, deadlineMilliseconds: 2_000_000 + payload)
        }
        benchmark.startMeasurement()
        for turn in 0..<1_000 as Range<UInt64> {
            blackHole(wheel.nextDeadlineMilliseconds)
            wheel.advance(to: 1_000_000 + turn) { blackHole($0) }
        }
    }
}
