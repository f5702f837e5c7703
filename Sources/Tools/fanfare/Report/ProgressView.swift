import Engine
import Glibc

/// Shows how a campaign gets on: one line updated in place on a terminal, plain lines elsewhere.
struct ProgressView {
    private let isQuiet: Bool
    private let isInPlace: Bool
    private var lastPlain: UInt64 = 0
    private var lastAttempts: UInt64 = 0
    private var lastMilliseconds: UInt64 = 0
    private var rate = 0.0
    private var hasLine = false

    init(isQuiet: Bool) {
        self.isQuiet = isQuiet
        isInPlace = Terminal.isInteractive
    }

    /// What a line shows.
    struct Reading {
        var figures: SendCounters.Snapshot
        /// Ended before this process began.
        var endedBefore: UInt64
        var total: UInt64
        /// As it was asked for: `500/s`, `unlimited`.
        var limit: String
    }

    /// Brings the line up to date if it is time to.
    mutating func show(_ reading: Reading, nowMilliseconds: UInt64) {
        guard !isQuiet else { return }
        if !isInPlace, nowMilliseconds - lastPlain < CommandLimits.plainProgressMilliseconds {
            return
        }
        lastPlain = nowMilliseconds
        measureRate(reading.figures.attempts, nowMilliseconds)
        let line = text(reading)
        if isInPlace {
            Terminal.note("\r\u{1B}[K" + String(line.prefix(max(20, Terminal.width - 1))))
            hasLine = true
        } else {
            Terminal.error(line)
        }
    }

    /// Leaves the line and goes on below it.
    mutating func finish() {
        if hasLine { Terminal.note("\n") }
        hasLine = false
    }

    private mutating func measureRate(_ attempts: UInt64, _ nowMilliseconds: UInt64) {
        if lastMilliseconds > 0, nowMilliseconds > lastMilliseconds {
            let now =
                Double(attempts - lastAttempts) * 1_000 / Double(nowMilliseconds - lastMilliseconds)
            // Smoothed, so that the time left does not jump about.
            rate = rate == 0 ? now : rate * 0.7 + now * 0.3
        }
        lastAttempts = attempts
        lastMilliseconds = nowMilliseconds
    }

    private func text(_ reading: Reading) -> String {
        let figures = reading.figures
        let done =
            reading.endedBefore + figures.sent + figures.failed + figures.unknown + figures.skipped
        let left = reading.total > done ? reading.total - done : 0
        let share = reading.total == 0 ? 100 : Double(done) * 100 / Double(reading.total)
        var parts = [
            "\(Figures.grouped(done))/\(Figures.grouped(reading.total)) (\(Figures.fixed(share, 1)) %)",
            "\(Figures.grouped(UInt64(rate.rounded())))/s of \(reading.limit)",
            "\(figures.inFlight) in flight",
        ]
        if figures.retries > 0 { parts.append("\(Figures.grouped(figures.retries)) retries") }
        if figures.failed > 0 { parts.append("\(Figures.grouped(figures.failed)) failed") }
        if figures.unknown > 0 { parts.append("\(Figures.grouped(figures.unknown)) unknown") }
        if figures.skipped > 0 { parts.append("\(Figures.grouped(figures.skipped)) skipped") }
        let pace = max(rate, 0.001)
        if rate > 0 { parts.append("\(Figures.duration(seconds: Double(left) / pace)) left") }
        return parts.joined(separator: " · ")
    }
}
