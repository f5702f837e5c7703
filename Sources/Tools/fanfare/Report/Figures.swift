import Foundation

/// Numbers as people read them.
enum Figures {
    /// `1234567` as `1,234,567`.
    static func grouped(_ value: UInt64) -> String {
        let digits = Array(String(value))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return text
    }

    /// A number with so many decimals.
    static func fixed(_ value: Double, _ decimals: Int) -> String {
        String(format: "%.\(decimals)f", value)
    }

    /// Seconds as `42 s`, `3 min 5 s`, `2 h 10 min`.
    static func duration(seconds: Double) -> String {
        guard seconds.isFinite else { return "unknown time" }
        if seconds < 10 { return "\(fixed(seconds, 1)) s" }
        let whole = Int(min(seconds, 1e12).rounded())
        if whole < 60 { return "\(whole) s" }
        if whole < 3_600 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3_600) h \(whole % 3_600 / 60) min"
    }

    /// Microseconds as `850 µs`, `1.2 ms`, `3.4 s`.
    static func latency(microseconds: UInt64) -> String {
        switch microseconds {
        case ..<1_000: "\(microseconds) µs"
        case ..<1_000_000: "\(fixed(Double(microseconds) / 1_000, 1)) ms"
        default: "\(fixed(Double(microseconds) / 1_000_000, 2)) s"
        }
    }

    /// Bytes as `512 B`, `1.5 KiB`, `3.2 MiB`.
    static func bytes(_ count: UInt64) -> String {
        switch count {
        case ..<1_024: "\(count) B"
        case ..<(1 << 20): "\(fixed(Double(count) / 1_024, 1)) KiB"
        case ..<(1 << 30): "\(fixed(Double(count) / 1_048_576, 1)) MiB"
        default: "\(fixed(Double(count) / 1_073_741_824, 2)) GiB"
        }
    }
}
