/// Python's mini-language for formatting one value.
///
/// `[[fill]align][sign][#][0][width][,][.precision][type]`
struct FormatSpec {
    var fill: [UInt8] = [0x20]
    var align: UInt8 = 0
    var sign = UInt8(ascii: "-")
    var isAlternate = false
    var isZeroPadded = false
    var width = 0
    var grouping: UInt8 = 0
    var precision: Int?
    var type: UInt8 = 0

    /// Reads a specification; nil where it is none.
    init?(_ text: Text) {
        var i = 0
        let isAlign = { (c: UInt8) in c == 0x3C || c == 0x3E || c == 0x3D || c == 0x5E }
        if text.count > 0 {
            let next = text.scalar(at: 0).next
            if next < text.count && isAlign(text[next]) {
                fill = unsafe Array(text.slice(0, next).bytes)
                align = text[next]
                i = next + 1
            } else if isAlign(text[0]) {
                align = text[0]
                i = 1
            }
        }
        func peek() -> UInt8 { i < text.count ? text[i] : 0 }
        if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") || peek() == 0x20 {
            sign = peek()
            i += 1
        }
        if peek() == UInt8(ascii: "z") { i += 1 }
        if peek() == UInt8(ascii: "#") {
            isAlternate = true
            i += 1
        }
        if peek() == 0x30 {
            isZeroPadded = true
            i += 1
        }
        func number() -> Int? {
            var value: Int?
            while peek() >= 0x30 && peek() <= 0x39 {
                value = min((value ?? 0) * 10 + Int(peek() - 0x30), JinjaLimits.stringBytes + 1)
                i += 1
            }
            return value
        }
        width = number() ?? 0
        if peek() == UInt8(ascii: ",") || peek() == UInt8(ascii: "_") {
            grouping = peek()
            i += 1
        }
        if peek() == UInt8(ascii: ".") {
            i += 1
            guard let digits = number() else { return nil }
            precision = digits
        }
        if i < text.count {
            type = text[i]
            i += 1
        }
        guard i == text.count else { return nil }
    }

    /// The digits with a separator every three (or four) places before the point.
    func grouped(_ digits: [UInt8]) -> [UInt8] {
        guard grouping != 0 else { return digits }
        let isBinary =
            type == UInt8(ascii: "x") || type == UInt8(ascii: "X")
            || type == UInt8(ascii: "b") || type == UInt8(ascii: "o")
        let step = isBinary ? 4 : 3
        let whole = digits.prefix { ($0 >= 0x30 && $0 <= 0x39) || (isBinary && $0 | 0x20 >= 0x61) }
        var out: [UInt8] = []
        for (i, digit) in whole.enumerated() {
            if i > 0 && (whole.count - i) % step == 0 { out.append(grouping) }
            out.append(digit)
        }
        return out + digits[whole.count...]
    }
}
