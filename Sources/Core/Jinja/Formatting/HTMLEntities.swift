/// Turns character references back into characters, as `html.unescape` does for the common ones.
enum HTMLEntities {
    private static let names: [String: UInt32] = [
        "amp": 0x26, "lt": 0x3C, "gt": 0x3E, "quot": 0x22, "apos": 0x27, "nbsp": 0xA0,
        "copy": 0xA9, "reg": 0xAE, "trade": 0x2122, "hellip": 0x2026, "mdash": 0x2014,
        "ndash": 0x2013, "euro": 0x20AC, "pound": 0xA3, "yen": 0xA5, "cent": 0xA2, "sect": 0xA7,
        "deg": 0xB0, "times": 0xD7, "divide": 0xF7, "laquo": 0xAB, "raquo": 0xBB, "lsquo": 0x2018,
        "rsquo": 0x2019, "ldquo": 0x201C, "rdquo": 0x201D, "bull": 0x2022, "middot": 0xB7,
        "auml": 0xE4, "ouml": 0xF6, "uuml": 0xFC, "Auml": 0xC4, "Ouml": 0xD6, "Uuml": 0xDC,
        "szlig": 0xDF, "eacute": 0xE9, "egrave": 0xE8, "agrave": 0xE0, "ccedil": 0xE7,
        "ntilde": 0xF1, "larr": 0x2190, "rarr": 0x2192, "hearts": 0x2665, "AMP": 0x26,
        "LT": 0x3C, "GT": 0x3E, "QUOT": 0x22,
    ]

    static func unescape(_ text: Text, to out: inout ByteBuffer) {
        var i = 0
        while i < text.count {
            if text[i] == UInt8(ascii: "&"), let (scalar, end) = reference(text, i + 1) {
                UTF8Encoding.append(scalar, to: &out)
                i = end
            } else {
                out.append(text[i])
                i += 1
            }
        }
    }

    private static func reference(_ text: Text, _ start: Int) -> (UInt32, Int)? {
        if start < text.count && text[start] == UInt8(ascii: "#") {
            return number(text, start + 1)
        }
        var end = start
        while end < text.count && end - start < 8 && UnicodeTables.isWordByte(text[end]) {
            end += 1
        }
        guard let scalar = names[text.slice(start, end).string] else { return nil }
        let hasSemicolon = end < text.count && text[end] == UInt8(ascii: ";")
        guard hasSemicolon || scalar < 0x100 else { return nil }
        return (scalar, hasSemicolon ? end + 1 : end)
    }

    private static func number(_ text: Text, _ start: Int) -> (UInt32, Int)? {
        var i = start
        var base: UInt32 = 10
        if i < text.count && text[i] | 0x20 == UInt8(ascii: "x") {
            base = 16
            i += 1
        }
        let digits = i
        var value: UInt32 = 0
        while i < text.count {
            let byte = text[i]
            let letter = byte | 0x20
            var digit: UInt32
            if byte >= 0x30 && byte <= 0x39 {
                digit = UInt32(byte - 0x30)
            } else if base == 16 && letter >= 0x61 && letter <= 0x66 {
                digit = UInt32(letter - 0x57)
            } else {
                break
            }
            value = min(value * base + digit, 0x110000)
            digit = 0
            i += 1
        }
        guard i > digits else { return nil }
        if i < text.count && text[i] == UInt8(ascii: ";") { i += 1 }
        let isCharacter = value > 0 && Unicode.Scalar(value) != nil
        return (isCharacter ? value : 0xFFFD, i)
    }
}
