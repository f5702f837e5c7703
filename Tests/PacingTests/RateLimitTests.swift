import Pacing
import Testing

@Suite("RateLimit")
struct RateLimitTests {
    @Test(
        "reads what it prints",
        arguments: [
            "1/s", "100/s", "0.5/s", "90/m", "1000/h", "0.000001/s", "33.333333/s", "3000000/s",
            "100000000/s", "unlimited",
        ])
    func readsWhatItPrints(text: String) throws {
        let limit = try RateLimit(parsing: text)
        #expect(limit.description == text)
        #expect(try RateLimit(parsing: limit.description) == limit)
    }

    @Test("a number alone is per second, and zeros at the end mean nothing")
    func numberAloneIsPerSecond() throws {
        #expect(try RateLimit(parsing: "250") == RateLimit(parsing: "250.000/s"))
        #expect(try RateLimit(parsing: "250").description == "250/s")
        #expect(try RateLimit(90, per: .minute) == RateLimit(parsing: "90/m"))
    }

    @Test(
        "refuses what is not a rate and says what it expected",
        arguments: [
            "", "fast", "/s", "10/", "10/d", "10 /s", "10/S", "-1/s", "+1/s", "1e3/s", ".5/s",
            "5./s",
            "1.2.3/s", "1,000/s", "Unlimited", "10/s ", "0.0000001/s", "99999999999999999999/s",
        ])
    func refusesWhatIsNotARate(text: String) throws {
        let error = #expect(throws: PacingError.self) { try RateLimit(parsing: text) }
        #expect(error == .malformedRate(text: text))
        #expect(try #require(error).description.contains("expected a number"))
    }

    @Test(
        "refuses rates out of range",
        arguments: ["0", "0/h", "0.0/s", "100000000.000001/s", "400000000000/h", "0.0006/h"])
    func refusesRatesOutOfRange(text: String) {
        #expect(throws: PacingError.rateOutOfRange(text: text)) { try RateLimit(parsing: text) }
    }

    @Test("refuses whole rates out of range", arguments: [0, -1, 100_000_001, Int.max])
    func refusesWholeRatesOutOfRange(amount: Int) {
        #expect(throws: PacingError.rateOutOfRange(text: "\(amount)/s")) { try RateLimit(amount) }
    }

    @Test(
        "the default burst is what the rate allows in 20 ms, and at least one",
        arguments: [
            ("0.5/s", 1), ("1/h", 1), ("49/s", 1), ("99/s", 1), ("100/s", 2), ("10000/s", 200),
            ("100000/s", 2_000), ("600000/m", 200),
        ])
    func defaultBurst(text: String, burst: Int) throws {
        #expect(try RateLimit(parsing: text).burst == burst)
    }

    @Test("a burst is from one to what the rate allows in 60 days")
    func burstHasBounds() throws {
        #expect(try RateLimit(10, burst: 500).burst == 500)
        #expect(try RateLimit(1, per: .hour, burst: 1_440).burst == 1_440)
        for burst in [0, -1, PacingLimits.burstMax + 1] {
            #expect(throws: PacingError.burstOutOfRange(burst: burst, rate: "10000/s")) {
                try RateLimit(10_000, burst: burst)
            }
        }
        #expect(throws: PacingError.burstOutOfRange(burst: 1_441, rate: "1/h")) {
            try RateLimit(1, per: .hour, burst: 1_441)
        }
    }

    @Test("tells the rate per second for display")
    func perSecond() throws {
        #expect(try RateLimit(parsing: "90/m").perSecond == 1.5)
        #expect(try RateLimit(parsing: "1800/h").perSecond == 0.5)
        #expect(RateLimit.unlimited.perSecond == .infinity)
    }
}
