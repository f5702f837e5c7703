extension Lexer {
    /// Reads one token of a tag; false after an error.
    mutating func readToken() -> Bool {
        let start = at
        let first = bytes[at]
        if first >= 0x30 && first <= 0x39 {
            readNumber()
            return true
        }
        if first == UInt8(ascii: "'") || first == UInt8(ascii: "\"") { return readString(first) }
        if let end = wordEnd(at) {
            at = end
            guard isIdentifier(start, end) else {
                fail(
                    "invalid character in the name '\(source.text(start, end))'", at: start, to: end
                )
                return false
            }
            add(.name, start, end)
            return true
        }
        return readOperator()
    }

    mutating func readString(_ quote: UInt8) -> Bool {
        let start = at
        var i = at + 1
        while i < bytes.count && bytes[i] != quote { i += bytes[i] == UInt8(ascii: "\\") ? 2 : 1 }
        guard i < bytes.count else {
            fail(
                "this string is not closed: \(quote == 39 ? "\"'\"" : "'\"'") was expected",
                at: start, to: start + 1)
            return false
        }
        at = i + 1
        add(.string, start, at)
        return true
    }

    mutating func readNumber() {
        let start = at
        let isFraction = start > 0 && bytes[start - 1] == UInt8(ascii: ".")
        if !isFraction, let end = floatEnd(start) {
            at = end
            add(.float, start, end)
            return
        }
        let marker = byte(start + 1) | 0x20
        if bytes[start] == 0x30 {
            if marker == UInt8(ascii: "x"), let end = digits(start + 2, base: 16) {
                at = end
            } else if marker == UInt8(ascii: "o"), let end = digits(start + 2, base: 8) {
                at = end
            } else if marker == UInt8(ascii: "b"), let end = digits(start + 2, base: 2) {
                at = end
            } else {
                at = start + 1
                while byte(at) == 0x30 || (byte(at) == 0x5F && byte(at + 1) == 0x30) { at += 1 }
            }
        } else {
            at = digits(start, base: 10) ?? start + 1
        }
        add(.integer, start, at)
    }

    /// The end of digits with single underscores between (for other bases than ten, also before).
    func digits(_ start: Int, base: UInt8) -> Int? {
        var i = start
        if base != 10 && byte(i) == 0x5F { i += 1 }
        guard isDigit(byte(i), base) else { return nil }
        while isDigit(byte(i), base) || (byte(i) == 0x5F && isDigit(byte(i + 1), base)) { i += 1 }
        return i
    }

    func isDigit(_ byte: UInt8, _ base: UInt8) -> Bool {
        if byte >= 0x30 && byte <= 0x39 { return byte - 0x30 < base }
        let letter = byte | 0x20
        return base == 16 && letter >= UInt8(ascii: "a") && letter <= UInt8(ascii: "f")
    }

    func floatEnd(_ start: Int) -> Int? {
        guard var i = digits(start, base: 10) else { return nil }
        var isFloat = false
        if byte(i) == UInt8(ascii: "."), let end = digits(i + 1, base: 10) {
            i = end
            isFloat = true
        }
        if byte(i) | 0x20 == UInt8(ascii: "e") {
            let sign = byte(i + 1)
            let skip = sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") ? 2 : 1
            if let end = digits(i + skip, base: 10) { return end }
        }
        return isFloat ? i : nil
    }

    mutating func readOperator() -> Bool {
        let start = at
        let a = bytes[at]
        let b = byte(at + 1)
        let double: Token.Kind? =
            switch (a, b) {
            case (0x2F, 0x2F): .floorDiv
            case (0x2A, 0x2A): .pow
            case (0x3D, 0x3D): .equal
            case (0x21, 0x3D): .notEqual
            case (0x3E, 0x3D): .greaterEqual
            case (0x3C, 0x3D): .lessEqual
            default: nil
            }
        if let double {
            at += 2
            add(double, start, at)
            return true
        }
        guard let kind = Lexer.singles[a] else {
            let end = Text.width(ofLead: a) + start
            let found = source.text(start, min(end, bytes.count))
            at += 1
            fail("unexpected character '\(found)'", at: start, to: start + 1)
            return false
        }
        at += 1
        switch a {
        case UInt8(ascii: "("): brackets.append(UInt8(ascii: ")"))
        case UInt8(ascii: "["): brackets.append(UInt8(ascii: "]"))
        case UInt8(ascii: "{"): brackets.append(UInt8(ascii: "}"))
        case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
            let found = Character(Unicode.Scalar(a))
            guard let expected = brackets.popLast() else {
                fail("unexpected '\(found)'", at: start, to: at)
                return false
            }
            guard expected == a else {
                let wanted = Character(Unicode.Scalar(expected))
                fail("unexpected '\(found)', '\(wanted)' was expected", at: start, to: at)
                return false
            }
        default: break
        }
        add(kind, start, at)
        return true
    }

    static let singles: [UInt8: Token.Kind] = [
        0x2B: .add, 0x2D: .sub, 0x2A: .mul, 0x2F: .div, 0x25: .mod, 0x7E: .tilde,
        0x3E: .greater, 0x3C: .less, 0x3D: .assign, 0x2E: .dot, 0x3A: .colon, 0x7C: .pipe,
        0x2C: .comma, 0x3B: .semicolon, 0x28: .leftParen, 0x29: .rightParen,
        0x5B: .leftBracket, 0x5D: .rightBracket, 0x7B: .leftBrace, 0x7D: .rightBrace,
    ]
}
