/// Names, values and escapes of the text format 0.0.4.
///
/// https://prometheus.io/docs/instrumenting/exposition_formats/
enum MetricText {
    /// A name with `_` for what a name cannot hold.
    static func name(_ text: String, allowsColon: Bool = true) -> String {
        var bytes = text.utf8.map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                byte
            case UInt8(ascii: ":") where allowsColon: byte
            default: UInt8(ascii: "_")
            }
        }
        let isDigit = bytes.first.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        if isDigit ?? true { bytes.insert(UInt8(ascii: "_"), at: 0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A label's value between its quotes.
    static func escapedLabel(_ value: String) -> String {
        escaped(value.prefix(MetricsLimits.labelValueLength), quotes: true)
    }

    /// The text of a HELP line.
    static func escapedHelp(_ text: String) -> String { escaped(text[...], quotes: false) }

    private static func escaped(_ text: Substring, quotes: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A number as Go reads it.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let whole = Int64(exactly: value) { return String(whole) }
        return "\(value)"
    }
}
