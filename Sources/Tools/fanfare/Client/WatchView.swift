import Glibc

/// Shows a campaign while it runs: some lines that are redrawn in place on a terminal, plain lines
/// elsewhere.
struct WatchView {
    private let name: String
    private let isInPlace: Bool
    private var linesShown = 0
    private var lastPlain: (milliseconds: UInt64, status: String, hasNote: Bool)?

    private static let barWidth = 40

    init(name: String, isInPlace: Bool) {
        self.name = Terminal.harmless(name)
        self.isInPlace = isInPlace
    }

    /// Shows a moment, if it is time to.
    ///
    /// - Parameters:
    ///   - reading: The figures.
    ///   - note: What else is to be said, such as that the server does not answer.
    ///   - nowMilliseconds: Of a clock that only rises.
    mutating func show(_ reading: CampaignReading, note: String? = nil, nowMilliseconds: UInt64) {
        if isInPlace {
            redraw(Self.lines(name, reading) + (note.map { [$0] } ?? []))
            return
        }
        if let last = lastPlain, last.status == reading.status, last.hasNote == (note != nil),
            nowMilliseconds - last.milliseconds < CommandLimits.plainProgressMilliseconds
        {
            return
        }
        lastPlain = (nowMilliseconds, reading.status, note != nil)
        if let note {
            Terminal.error(note)
        } else {
            Terminal.output(Self.line(reading))
        }
    }

    /// Shows the last moment.
    mutating func finish(_ reading: CampaignReading) {
        if isInPlace {
            redraw(Self.lines(name, reading))
        } else if lastPlain?.status != reading.status {
            Terminal.output(Self.line(reading))
        }
    }

    private mutating func redraw(_ lines: [String]) {
        let width = max(20, Terminal.width - 1)
        // Up to the first line of the last time, then over it, and nothing of it is left below.
        var text = linesShown > 0 ? "\u{1B}[\(linesShown)A\r" : ""
        for line in lines { text += String(line.prefix(width)) + "\u{1B}[K\n" }
        text += "\u{1B}[J"
        Terminal.outputText(text)
        linesShown = lines.count
    }

    private static func lines(_ name: String, _ reading: CampaignReading) -> [String] {
        let filled = Int(Double(barWidth) * reading.share)
        let bar =
            String(repeating: "█", count: filled)
            + String(repeating: "░", count: barWidth - filled)
        var lines = [
            "\(name): \(reading.status)",
            "\(bar) \(percent(reading))  \(of(reading))",
            counts(reading),
            pace(reading),
        ]
        if let bottleneck = reading.bottleneck { lines.append("slowed by \(bottleneck)") }
        return lines
    }

    private static func line(_ reading: CampaignReading) -> String {
        var parts = [
            reading.status, "\(of(reading)) (\(percent(reading)))", counts(reading), pace(reading),
        ]
        if let bottleneck = reading.bottleneck { parts.append("slowed by \(bottleneck)") }
        return parts.joined(separator: " · ")
    }

    private static func of(_ reading: CampaignReading) -> String {
        "\(Figures.grouped(reading.done)) of \(Figures.grouped(reading.total))"
    }

    private static func percent(_ reading: CampaignReading) -> String {
        // Never 100 before it is so.
        Figures.fixed((reading.share * 1_000).rounded(.down) / 10, 1) + " %"
    }

    private static func counts(_ reading: CampaignReading) -> String {
        let counts = [
            ("sent", reading.sent), ("failed", reading.failed), ("skipped", reading.skipped),
            ("unknown", reading.unknown), ("pending", reading.pending),
        ]
        return counts.map { "\(Figures.grouped($0.1)) \($0.0)" }.joined(separator: " · ")
    }

    private static func pace(_ reading: CampaignReading) -> String {
        var parts = [
            "\(Figures.grouped(UInt64(max(0, min(reading.perSecond, 1e15)).rounded())))/s",
            "\(Figures.grouped(reading.inFlight)) in flight",
        ]
        if let left = reading.secondsLeft {
            parts.append("\(Figures.duration(seconds: left)) left")
        }
        return parts.joined(separator: " · ")
    }
}
