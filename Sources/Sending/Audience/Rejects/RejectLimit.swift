/// How many rejected lines an import may have and still succeed.
package enum RejectLimit: Sendable, Equatable, CustomStringConvertible {
    /// A number of lines.
    case lines(UInt64)
    /// A share of all lines, in millionths.
    case share(millionths: UInt64)

    /// One line in a hundred.
    package static let standard = RejectLimit.share(millionths: 10_000)

    /// Reads a limit as users write it: `1%`, `0.25%` or `100`.
    ///
    /// A share has at most four decimals and is at most 100 %.
    package init?(_ text: String) {
        guard text.hasSuffix("%") else {
            guard let lines = Self.digits(text[...]) else { return nil }
            self = .lines(lines)
            return
        }
        let parts = text.dropLast().split(
            separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first.flatMap(Self.digits), whole <= 100 else { return nil }
        var fraction: UInt64 = 0
        if parts.count == 2 {
            guard parts[1].utf8.count <= 4, let value = Self.digits(parts[1]) else { return nil }
            fraction = value
            for _ in parts[1].utf8.count..<4 { fraction *= 10 }
        }
        let millionths = whole * 10_000 + fraction
        guard millionths <= 1_000_000 else { return nil }
        self = .share(millionths: millionths)
    }

    /// Reads decimal digits only: `UInt64.init` would take a sign too.
    private static func digits(_ text: Substring) -> UInt64? {
        text.utf8.allSatisfy { 0x30...0x39 ~= $0 } ? UInt64(text) : nil
    }

    /// Whether this many rejected lines are too many.
    ///
    /// - Parameters:
    ///   - rejected: The rejected lines.
    ///   - rows: All of them, the rejected ones included.
    /// - Returns: Whether the limit is passed; exactly at the limit it is not.
    package func isExceeded(rejected: UInt64, rows: UInt64) -> Bool {
        switch self {
        case .lines(let lines): return rejected > lines
        case .share(let millionths):
            let left = rejected.multipliedFullWidth(by: 1_000_000)
            let right = rows.multipliedFullWidth(by: millionths)
            return (left.high, left.low) > (right.high, right.low)
        }
    }

    package var description: String {
        switch self {
        case .lines(let lines): return "\(lines)"
        case .share(let millionths):
            var decimals = String(millionths % 10_000 + 10_000).dropFirst()
            while decimals.hasSuffix("0") { decimals.removeLast() }
            return "\(millionths / 10_000)" + (decimals.isEmpty ? "" : "." + decimals) + "%"
        }
    }
}
