/// An unsigned decimal number at the start of a text, in millionths.
///
/// Read as integers, so that `0.1` means a tenth and not the nearest binary fraction.
struct DecimalPrefix {
    /// The number times 1,000,000.
    let millionths: UInt64
    /// What follows the number.
    let rest: Substring.UTF8View

    /// Reads digits with at most one point among them and at most six digits after it.
    ///
    /// - Returns: nil when the text does not begin with such a number, or it exceeds 10^12.
    init?(_ text: Substring.UTF8View) {
        var rest = text
        var digits = 0
        var value: UInt64 = 0
        var decimals: Int?
        while let byte = rest.first {
            if byte == UInt8(ascii: "."), decimals == nil, digits > 0 {
                decimals = 0
            } else if byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
                guard value < 100_000_000_000_000_000, decimals ?? 0 < 6 else { return nil }
                value = value * 10 + UInt64(byte - UInt8(ascii: "0"))
                digits += 1
                decimals = decimals.map { $0 + 1 }
            } else {
                break
            }
            rest = rest.dropFirst()
        }
        guard digits > 0, decimals != 0 else { return nil }
        for _ in (decimals ?? 0)..<6 {
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            guard !overflow, scaled <= 1_000_000_000_000_000_000 else { return nil }
            value = scaled
        }
        millionths = value
        self.rest = rest
    }
}

/// Writes a number given in millionths, without trailing zeros.
func decimalText(millionths: UInt64) -> String {
    let whole = String(millionths / 1_000_000)
    var fraction = String(millionths % 1_000_000 + 1_000_000).dropFirst()
    while fraction.last == "0" { fraction.removeLast() }
    return fraction.isEmpty ? whole : whole + "." + fraction
}
