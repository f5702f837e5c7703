import JSON

/// The figures of a campaign at one moment, as its server tells them.
struct CampaignReading: Sendable {
    let status: String
    let total: UInt64
    let sent: UInt64
    let failed: UInt64
    let skipped: UInt64
    let unknown: UInt64
    let pending: UInt64
    let inFlight: UInt64
    let perSecond: Double
    let secondsLeft: Double?
    /// The limit that binds now, in words.
    let bottleneck: String?

    init(_ stats: JSONValue) {
        func count(_ field: String) -> UInt64 {
            UInt64(clamping: stats[field]?.integer ?? 0)
        }
        status = Terminal.harmless(stats["status"]?.string ?? "unknown")
        total = count("total")
        sent = count("sent")
        failed = count("failed")
        skipped = count("skipped")
        unknown = count("unknown")
        pending = count("pending")
        inFlight = count("in_flight")
        perSecond = stats["sends_per_second"]?.double ?? 0
        secondsLeft = stats["seconds_left"]?.double
        bottleneck = stats["bottleneck"].flatMap(Self.words)
    }

    /// Ended, whatever way.
    var done: UInt64 { sent + failed + skipped + unknown }

    /// From 0 to 1.
    var share: Double { total == 0 ? 0 : min(1, Double(done) / Double(total)) }

    /// How a command that waited for the campaign ends; nil while it goes on.
    var isEnded: Bool {
        ["completed", "completed_partial", "failed", "stopped"].contains(status)
    }

    private static func words(_ bottleneck: JSONValue) -> String? {
        guard let limit = bottleneck["limit"]?.string else { return nil }
        var text = limit
        if let name = bottleneck["name"]?.string, !name.isEmpty { text += " \(name)" }
        switch bottleneck["value"] {
        case .string(let value): text += ", \(value)"
        case .integer(let value) where value >= 0: text += ", \(Figures.grouped(UInt64(value)))"
        case .number(let value): text += ", \(Figures.fixed(value, 1))"
        default: break
        }
        return Terminal.harmless(text)
    }
}
