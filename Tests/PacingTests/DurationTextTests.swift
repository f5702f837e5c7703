import Pacing
import Testing

@Suite("DurationText")
struct DurationTextTests {
    @Test(
        "reads a number and its unit",
        arguments: [
            ("0s", 0), ("1us", 1_000), ("0.5us", 500), ("250ms", 250_000_000),
            ("1.5s", 1_500_000_000),
            ("10s", 10_000_000_000), ("2m", 120_000_000_000), ("1.5h", 5_400_000_000_000),
            ("1d", 86_400_000_000_000), ("10000d", 864_000_000_000_000_000),
        ] as [(String, Int64)])
    func readsNumberAndUnit(text: String, nanoseconds: Int64) throws {
        #expect(try DurationText(parsing: text).nanoseconds == nanoseconds)
    }

    @Test(
        "prints in the longest unit that is exact, and reads that back",
        arguments: [
            ("0ms", "0s"), ("90s", "90s"), ("60s", "1m"), ("3600s", "1h"), ("24h", "1d"),
            ("1.5h", "90m"), ("1500us", "1500us"), ("0.25s", "250ms"), ("0.001us", "0.001us"),
        ])
    func printsTheLongestExactUnit(text: String, printed: String) throws {
        let duration = try DurationText(parsing: text)
        #expect(duration.description == printed)
        #expect(try DurationText(parsing: printed) == duration)
    }

    @Test(
        "refuses what is not a duration",
        arguments: ["", "10", "s", "10 s", "-1s", "1h30m", "10S", "1e3s", "ten", "1ns", "5.s"])
    func refusesWhatIsNotADuration(text: String) throws {
        let error = #expect(throws: PacingError.self) { try DurationText(parsing: text) }
        #expect(error == .malformedDuration(text: text))
        #expect(try #require(error).description.contains("250ms"))
    }

    @Test("refuses durations beyond its limit")
    func refusesLongDurations() {
        #expect(throws: PacingError.durationOutOfRange(text: "10000.000001d")) {
            try DurationText(parsing: "10000.000001d")
        }
    }

    @Test("rounds up to whole milliseconds and converts to the library's duration")
    func conversions() throws {
        #expect(try DurationText(parsing: "1us").milliseconds == 1)
        #expect(try DurationText(parsing: "2ms").milliseconds == 2)
        #expect(try DurationText(parsing: "1.5s").duration == .milliseconds(1_500))
    }
}
