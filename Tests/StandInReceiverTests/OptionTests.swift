import Structures
import Testing

@testable import StandInReceiver

@Suite struct OptionTests {
    @Test func `Latencies are read as they are written`() throws {
        #expect(try LatencyModel(parsing: "0") == .none)
        #expect(try LatencyModel(parsing: "0ms") == .none)
        #expect(try LatencyModel(parsing: "5ms") == .constant(milliseconds: 5))
        #expect(try LatencyModel(parsing: "1.5s") == .constant(milliseconds: 1500))
        #expect(try LatencyModel(parsing: "250us") == .constant(milliseconds: 0.25))
        #expect(try LatencyModel(parsing: "2m") == .constant(milliseconds: 120_000))
        #expect(try LatencyModel(parsing: "uniform:1ms..20ms") == .uniform(milliseconds: 1...20))
        #expect(
            try LatencyModel(parsing: "lognormal:20ms,0.5")
                == .lognormal(medianMilliseconds: 20, sigma: 0.5))
    }

    @Test(arguments: [
        "", "5", "ms", "-5ms", "5 ms", "1e3ms", "nanms", "2h", "61m", "uniform", "uniform:5ms",
        "uniform:5ms..1ms", "uniform:1..2ms", "lognormal:5ms", "lognormal:5ms,x",
        "lognormal:5ms,11",
        "normal:5ms,1", "1.2.3ms", ".ms",
    ])
    func `Other latencies are refused with the text and a reason`(text: String) {
        #expect {
            _ = try LatencyModel(parsing: text)
        } throws: { error in
            guard case SinkError.option(.latency, text, let reason) = error else { return false }
            return !reason.isEmpty && "\(error)".hasPrefix("invalid latency \"\(text)\": ")
        }
    }

    @Test func `Response mixes are read as they are written`() throws {
        let mix = try ResponseMix(parsing: "200:0.97,429:0.01,500:0.02")
        #expect(mix.shares.map(\.status.code) == [200, 429, 500])
        #expect(mix.shares.map(\.probability.value) == [0.97, 0.01, 0.02])
        #expect(try ResponseMix(parsing: "503:1").shares.count == 1)
        let tenths = (0..<10).map { "\(500 + $0):0.1" }.joined(separator: ",")
        #expect(try ResponseMix(parsing: tenths).shares.count == 10)
    }

    @Test(arguments: [
        "", "200", "200:", "200:2", "200:-0.1", "100:0.5", "600:0.5", "0200:0.5", "+20:0.5",
        "429:0.6,500:0.5", "429:0.1,429:0.1", "429:0.1,", "a:b",
    ])
    func `Other response mixes are refused`(text: String) {
        #expect {
            _ = try ResponseMix(parsing: text)
        } throws: { error in
            guard case SinkError.option(.responses, text, _) = error else { return false }
            return true
        }
    }

    @Test func `Probabilities and durations have errors that name their option`() throws {
        #expect(try Probability(parsing: "0.001", for: .stallProbability).value == 0.001)
        #expect(try OptionText.duration(parsing: "1s", for: .retryAfter) == .seconds(1))
        #expect {
            _ = try Probability(parsing: "1.1", for: .resetProbability)
        } throws: {
            "\($0)" == "invalid reset \"1.1\": a probability is a number from 0 to 1"
        }
        #expect {
            _ = try OptionText.duration(parsing: "soon", for: .retryAfter)
        } throws: {
            "\($0)".hasPrefix("invalid retry-after \"soon\": a duration is a number with a unit")
        }
    }
}

@Suite struct ProviderBehaviourTests {
    private func fates(_ count: Int, _ change: (inout SinkConfiguration) throws -> Void) rethrows
        -> [RequestFate]
    {
        var configuration = SinkConfiguration()
        try change(&configuration)
        var behaviour = ProviderBehaviour(configuration)
        return (0..<count).map { _ in behaviour.next() }
    }

    @Test func `Without options everything is answered with 200 at once`() {
        #expect(Set(fates(100) { _ in }.map { "\($0)" }).count == 1)
        #expect(fates(1) { _ in } == [.answer(.ok, delayMilliseconds: 0)])
    }

    @Test func `The same seed gives the same fates, another seed others`() throws {
        func run(seed: UInt64) throws -> [RequestFate] {
            try fates(2000) {
                $0.seed = seed
                $0.responses = try ResponseMix(parsing: "429:0.2,500:0.1")
                $0.latency = try LatencyModel(parsing: "lognormal:20ms,1")
                $0.resetProbability = try Probability(parsing: "0.05", for: .resetProbability)
                $0.stallProbability = try Probability(parsing: "0.05", for: .stallProbability)
            }
        }
        #expect(try run(seed: 7) == run(seed: 7))
        #expect(try run(seed: 7) != run(seed: 8))
    }

    @Test func `The latency's choice leaves the sequence of statuses as it is`() throws {
        func statuses(latency: String) throws -> [HTTPStatus] {
            try fates(500) {
                $0.responses = try ResponseMix(parsing: "429:0.3,500:0.3")
                $0.latency = try LatencyModel(parsing: latency)
            }.map { fate in
                guard case .answer(let status, _) = fate else { return .notFound }
                return status
            }
        }
        #expect(try statuses(latency: "0") == statuses(latency: "uniform:1ms..100ms"))
    }

    @Test func `Shares are met within what chance allows`() throws {
        let total = 100_000
        let fates = try fates(total) {
            $0.seed = 1
            $0.responses = try ResponseMix(parsing: "429:0.1,503:0.25")
            $0.resetProbability = try Probability(parsing: "0.02", for: .resetProbability)
            $0.stallProbability = try Probability(parsing: "0.03", for: .stallProbability)
        }
        // Seven standard deviations of the most frequent one; the seed makes the outcome fixed.
        func share(_ fate: RequestFate) -> Double {
            Double(fates.count { $0 == fate }) / Double(total)
        }
        #expect(abs(share(.reset) - 0.02) < 0.01)
        #expect(abs(share(.stall) - 0.03) < 0.01)
        #expect(abs(share(.answer(HTTPStatus(429), delayMilliseconds: 0)) - 0.95 * 0.1) < 0.01)
        #expect(abs(share(.answer(HTTPStatus(503), delayMilliseconds: 0)) - 0.95 * 0.25) < 0.01)
    }

    @Test func `Latencies have the distribution that was asked for`() throws {
        var generator = SeededGenerator(seed: 3)
        let uniform = try LatencyModel(parsing: "uniform:10ms..20ms")
        let drawn = (0..<10_000).map { _ in uniform.draw(&generator) }
        #expect(drawn.min() == 10)
        #expect(drawn.max() == 20)
        let lognormal = try LatencyModel(parsing: "lognormal:100ms,0.5")
        let sorted = (0..<10_001).map { _ in lognormal.draw(&generator) }.sorted()
        #expect((95...105).contains(sorted[5000]))
        // One sigma above the median: 100 * e^0.5 = 165.
        #expect((155...175).contains(sorted[8413]))
        let certain = try ResponseMix(parsing: "503:1")
        #expect((0..<1000).allSatisfy { _ in certain.draw(&generator) == HTTPStatus(503) })
    }
}
