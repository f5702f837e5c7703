import Engine
import Foundation

/// What came of a campaign: who was reached, counted from the records, and what the run took.
struct SendReport: Codable, Equatable {
    struct Latency: Codable, Equatable {
        var p50: UInt64
        var p90: UInt64
        var p99: UInt64
        var p999: UInt64
        var max: UInt64
        var mean: Double
    }

    var campaign: String
    var state: String
    /// `completed`, or `interrupted` when deliveries are left to be sent.
    var end: String
    var guarantee: String

    // Counted from the records, over all runs of the campaign.
    var recipients: UInt64
    var sent: UInt64
    var failed: UInt64
    var skipped: UInt64
    var unknown: UInt64
    var pending: UInt64
    var duplicates: UInt64
    var rejected: UInt64
    var attempts: UInt64
    /// Non-deliveries by reason.
    var failures: [String: UInt64]
    /// Of each recipient's last attempt, in microseconds.
    var latencyMicroseconds: Latency

    // Of this run.
    /// Requests handed to the transport.
    var sends: UInt64
    /// Requests that an earlier process had on the wire when it died.
    var unsure: Int
    var durationSeconds: Double
    var importSeconds: Double
    var importCpuSeconds: Double
    var sendSeconds: Double
    var sendsPerSecond: Double
    var cpuSeconds: Double
    var cpuMicrosecondsPerSend: Double
    var maxRssBytes: UInt64

    /// The report as indented JSON with snake_case keys.
    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }

    /// The report as a table for people.
    var table: String {
        var rows: [(String, String)] = [
            ("recipients", Figures.grouped(recipients)),
            ("sent", withShare(sent)),
            ("failed", withShare(failed)),
        ]
        if skipped > 0 { rows.append(("skipped", withShare(skipped))) }
        rows.append(("unknown", withShare(unknown)))
        if pending > 0 { rows.append(("pending", withShare(pending))) }
        if duplicates > 0 { rows.append(("duplicate rows", Figures.grouped(duplicates))) }
        if rejected > 0 { rows.append(("rejected rows", Figures.grouped(rejected))) }
        rows.append(("attempts", Figures.grouped(attempts)))
        if unsure > 0 { rows.append(("unsure at the crash", Figures.grouped(UInt64(unsure)))) }
        rows += [
            ("duration", durationText),
            ("sends per second", Figures.grouped(UInt64(sendsPerSecond.rounded()))),
            ("CPU per send", "\(Figures.fixed(cpuMicrosecondsPerSend, 2)) µs"),
            ("peak memory", Figures.bytes(maxRssBytes)),
            ("latency", latencyText),
        ]
        let width = rows.map(\.0.count).max() ?? 0
        var text = "campaign \(campaign): \(end)\n"
        for (name, value) in rows {
            text += "  \(name.padding(toLength: width + 2, withPad: " ", startingAt: 0))\(value)\n"
        }
        if !failures.isEmpty {
            text += "  not delivered, by reason\n"
            for (reason, count) in failures.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) })
            {
                text += "    \(reason.padding(toLength: width, withPad: " ", startingAt: 0))"
                text += "\(Figures.grouped(count))\n"
            }
        }
        return text
    }

    private func withShare(_ count: UInt64) -> String {
        guard recipients > 0, count > 0 else { return Figures.grouped(count) }
        let share = Figures.fixed(Double(count) * 100 / Double(recipients), 2)
        return "\(Figures.grouped(count)) (\(share) %)"
    }

    private var durationText: String {
        var text = Figures.duration(seconds: durationSeconds)
        if importSeconds > 0 {
            text += " (import \(Figures.duration(seconds: importSeconds)), "
            text += "sending \(Figures.duration(seconds: sendSeconds)))"
        }
        return text
    }

    private var latencyText: String {
        let latency = latencyMicroseconds
        return "p50 \(Figures.latency(microseconds: latency.p50)), "
            + "p99 \(Figures.latency(microseconds: latency.p99)), "
            + "max \(Figures.latency(microseconds: latency.max))"
    }
}
