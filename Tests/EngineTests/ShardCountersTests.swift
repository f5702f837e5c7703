import EngineTesting
import Pacing
import Testing

@testable import Engine

@Suite("What a campaign's counters say")
struct ShardCountersTests {
    private func prevailing(_ harness: ShardHarness) -> BindingCause? {
        let before = harness.figures().bindings
        harness.advance(milliseconds: 1)
        return harness.figures().bindings.prevailing(since: before)
    }

    @Test("a rate or a bound that holds a campaign up is named with its level")
    func limits() throws {
        for level in LimiterLevel.allCases {
            let rate = RateLimiter(try RateLimit(1, burst: 1), nowNanoseconds: 0)
            let harness = ShardHarness()
            harness.page(9)
            harness.add(limiters: LimiterChain([.init(level, rate)]))
            harness.settle()
            let cause = BindingCause(level, isInFlight: false)
            #expect(prevailing(harness) == cause)
            #expect(harness.figures().bindings[level] == harness.figures().bindings[cause])

            let other = ShardHarness()
            other.page(9)
            let bound = InFlightLimit(limit: 2)
            let unlimited = RateLimiter(.unlimited, nowNanoseconds: 0)
            other.add(limiters: LimiterChain([.init(level, unlimited, inFlight: bound)]))
            other.settle()
            #expect(prevailing(other) == BindingCause(level, isInFlight: true))
            #expect(other.figures().bindings[level] > 0)
        }
    }

    @Test("used-up connections, a quota, retries that wait, and nothing to do are told apart")
    func others() {
        let transport = ShardHarness()
        transport.page(9)
        transport.add(inFlightMax: 2)
        transport.settle()
        #expect(prevailing(transport) == .transport)

        let perHost = ShardHarness()
        perHost.page(9)
        perHost.add(url: "http://{{host}}/", perHostMax: 2)
        perHost.settle()
        #expect(prevailing(perHost) == .hostConnections)
        let fixed = ShardHarness()
        fixed.page(9)
        fixed.add(perHostMax: 2)
        fixed.settle()
        #expect(prevailing(fixed) == .hostConnections)

        let waiting = ShardHarness()
        waiting.page(1)
        waiting.add()
        waiting.settle()
        #expect(prevailing(waiting) == .idle)
        waiting.transport.answer(waiting.transport.requests[0], 503, retryAfterSeconds: 1)
        waiting.settle()
        #expect(prevailing(waiting) == .waiting)

        let quota = ShardHarness()
        quota.store.isQuotaUsedUp = true
        quota.add()
        quota.settle()
        #expect(prevailing(quota) == .quota)

        let partial = ShardHarness()
        partial.store.allowance = 1
        partial.page(2)
        partial.add()
        partial.settle()
        #expect(prevailing(partial) == .quota)
    }

    @Test("a host's limits are named for templates and fixed URLs")
    func hosts() throws {
        for url in [nil, "http://{{host}}/"] {
            for inFlightMax in [1, InFlightLimit.unlimited] {
                let harness = ShardHarness()
                let hosts = HostLimits()
                let rate = inFlightMax == 1 ? RateLimit.unlimited : try RateLimit(1, burst: 1)
                hosts.set(
                    url: url == nil ? "http://static.test/" : "http://a.test/", rate: rate,
                    inFlightMax: inFlightMax, nowNanoseconds: harness.nowNanoseconds)
                harness.page(9)
                harness.add(url: url, hostLimits: hosts)
                harness.settle()
                #expect(prevailing(harness) == (inFlightMax == 1 ? .hostInFlight : .hostRate))
                let host = harness.counters().heldBackHost
                #expect(hosts.name(hash: host.hash)?.hasPrefix("http://") == true)
            }
        }
    }

    @Test("the host that holds most back is found among others, and a new one soon")
    func heldBackHosts() {
        var vote = HostVote()
        for _ in 0..<3 { for host in [7, 1, 7, 2, 7] as [UInt64] { vote.add(host) } }
        #expect(vote.host == 7 && vote.count == 15)
        for _ in 0..<100_000 { vote.add(8) }
        #expect(vote.host == 8)
        for _ in 0...PageLayout.recipientsMax { vote.add(9) }
        #expect(vote.host == 9)
    }

    @Test("latencies fall into classes that double")
    func latencies() {
        let harness = ShardHarness()
        harness.page(4)
        harness.add()
        harness.settle()
        for (index, nanoseconds) in [Int64(0), 200_000, 1_000_000, 90_000_000_000].enumerated() {
            harness.advance(nanoseconds: nanoseconds)
            harness.transport.answer(harness.transport.requests[index], 200)
            harness.settle()
        }
        let latencies = harness.counters().latencies
        #expect(latencies.count == 4)
        #expect(latencies.counts[0] == 1 && latencies.counts[1] == 1)
        #expect(latencies.counts[4] == 1 && latencies.counts[20] == 1)
        #expect(latencies.sumMicroseconds == 200 + 1_200 + 90_001_200)
        #expect(latencies.quantileMicroseconds(0.5) == 256)
        #expect(latencies.since(latencies).count == 0)
    }

    @Test("every time falls below its class's bound and not below the one before")
    func classes() {
        let bounds = LatencyHistogram.boundsMicroseconds
        #expect(bounds.count == LatencyHistogram.classCount - 1)
        for time in bounds.flatMap({ [$0 - 1, $0, $0 + 1] }) + [0, 1, .max] {
            let index = LatencyHistogram.classIndex(microseconds: time)
            #expect(index == bounds.count || time < bounds[index])
            #expect(index == 0 || time >= bounds[index - 1])
        }
        #expect(BindingCause.allCases.count == BindingCause.count)
    }

    @Test("ends that are no sends are counted by reason and code, the rarest together")
    func outcomes() {
        let harness = ShardHarness()
        harness.page(50)
        harness.add(attemptsMax: 1)
        harness.settle()
        for index in 0..<50 {
            let status = index < 3 ? 200 : index < 9 ? 404 : 405 + index
            harness.transport.answer(harness.transport.requests[index], UInt16(status))
        }
        harness.settle()
        let outcomes = harness.counters().outcomes
        let notFound = DeliveryOutcome(.failed, .httpStatus, code: 404)
        #expect(outcomes.tally.counts[notFound] == 6)
        #expect(outcomes.tally.counts.count == EngineLimits.outcomeRowsMax)
        let rows = EngineLimits.outcomeRowsMax
        #expect(outcomes.others == [.failed: 41 - (rows - 1)])
        #expect(harness.figures().failed == 47)
        var sum = outcomes
        sum += outcomes
        #expect(sum.tally.counts[notFound] == 12)
    }

    @Test("the time from a turn to the next belongs to what ended the first")
    func times() throws {
        let rate = RateLimiter(try RateLimit(1, burst: 1), nowNanoseconds: 0)
        let harness = ShardHarness()
        harness.page(9)
        harness.add(limiters: LimiterChain([.init(.app, rate)]))
        harness.settle()
        let before = harness.counters().bindingNanoseconds
        harness.advance(milliseconds: 7)
        harness.advance(milliseconds: 5)
        let times = harness.counters().bindingNanoseconds
        #expect(times[.appRate] - before[.appRate] == 12_000_000)
        for cause in BindingCause.allCases where cause != .appRate {
            #expect(times[cause] == before[cause])
        }
    }

    @Test("bodies are counted by the byte with every request")
    func bodies() {
        let harness = ShardHarness()
        harness.page(3)
        harness.add()
        harness.settle()
        #expect(harness.figures().attempts == 3)
        #expect(harness.figures().bodyBytes == UInt64("r0r1r2".utf8.count))
        harness.transport.answer(harness.transport.requests[0], 503, retryAfterSeconds: 0)
        harness.settle()
        harness.advance(milliseconds: 5_000)
        harness.settle()
        #expect(harness.figures().attempts == 4)
        #expect(harness.figures().bodyBytes == UInt64("r0r1r2r0".utf8.count))
    }

    @Test("everybody who has not ended and is not on the wire is in one queue")
    func queues() {
        let harness = ShardHarness()
        #expect(harness.shard.queues == RecipientQueues())
        harness.store.allowance = 8
        harness.page(10)
        harness.add(inFlightMax: 3)
        harness.settle()
        #expect(harness.shard.queues.ready == 5)
        #expect(harness.shard.queues.withheld == 2)
        harness.transport.answer(harness.transport.requests[0], 503, retryAfterSeconds: 1)
        harness.settle()
        #expect(harness.shard.queues.ready == 4)
        #expect(harness.shard.queues.waiting == 1)

        let other = ShardHarness()
        other.page(9)
        other.add(url: "http://{{host}}/", perHostMax: 2)
        other.settle()
        #expect(other.shard.queues.blocked == 7)
        #expect(other.shard.queues.ready == 0)
    }

    @Test("a recorder keeps times in the classes of a histogram")
    func recorder() {
        let recorder = LatencyRecorder()
        for time: UInt64 in [0, 127, 128, 1_000_000_000] { recorder.add(microseconds: time) }
        let histogram = recorder.histogram
        #expect(histogram.counts[0] == 2 && histogram.counts[1] == 1 && histogram.counts[20] == 1)
        #expect(histogram.sumMicroseconds == 1_000_000_255)
    }
}
