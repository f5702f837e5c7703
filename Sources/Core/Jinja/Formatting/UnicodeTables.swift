/// What Python's `str` says about single code points.
enum UnicodeTables {
    /// `str.isspace` of one code point, which is also what `\s` matches.
    @inline(__always)
    static func isSpace(_ c: UInt32) -> Bool {
        if c < 0x80 { return c == 0x20 || (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x1F) }
        return isWideSpace(c)
    }

    private static func isWideSpace(_ c: UInt32) -> Bool {
        c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028
            || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000
    }

    @inline(__always)
    static func isWordByte(_ c: UInt8) -> Bool {
        (c >= 0x30 && c <= 0x39) || (c | 0x20 >= 0x61 && c | 0x20 <= 0x7A) || c == 0x5F
    }

    private static func category(_ c: UInt32) -> Unicode.GeneralCategory {
        Unicode.Scalar(c)?.properties.generalCategory ?? .surrogate
    }

    static func isAlpha(_ c: UInt32) -> Bool {
        if c < 0x80 { return c | 0x20 >= 0x61 && c | 0x20 <= 0x7A }
        switch category(c) {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
            return true
        default: return false
        }
    }

    static func isDecimal(_ c: UInt32) -> Bool {
        if c < 0x80 { return c >= 0x30 && c <= 0x39 }
        return category(c) == .decimalNumber
    }

    static func isDigit(_ c: UInt32) -> Bool {
        if c < 0x80 { return c >= 0x30 && c <= 0x39 }
        guard let type = Unicode.Scalar(c)?.properties.numericType else { return false }
        return type == .decimal || type == .digit
    }

    static func isNumeric(_ c: UInt32) -> Bool {
        if c < 0x80 { return c >= 0x30 && c <= 0x39 }
        return Unicode.Scalar(c)?.properties.numericType != nil
    }

    static func isAlphanumeric(_ c: UInt32) -> Bool { isAlpha(c) || isNumeric(c) }

    /// Whether the code point may stand in a name, or in a word that is no name.
    static func continuesName(_ c: UInt32) -> Bool {
        isAlphanumeric(c) || (Unicode.Scalar(c)?.properties.isXIDContinue ?? false)
    }

    /// The value of a decimal digit of any script.
    static func decimalValue(_ c: UInt32) -> Int? {
        if c < 0x80 { return c >= 0x30 && c <= 0x39 ? Int(c) - 0x30 : nil }
        guard isDecimal(c), let value = Unicode.Scalar(c)?.properties.numericValue else {
            return nil
        }
        return Int(value)
    }

    static func isUpper(_ c: UInt32) -> Bool {
        if c < 0x80 { return c >= 0x41 && c <= 0x5A }
        return Unicode.Scalar(c)?.properties.isUppercase ?? false
    }

    static func isLower(_ c: UInt32) -> Bool {
        if c < 0x80 { return c >= 0x61 && c <= 0x7A }
        return Unicode.Scalar(c)?.properties.isLowercase ?? false
    }

    static func isTitle(_ c: UInt32) -> Bool { c >= 0x80 && category(c) == .titlecaseLetter }

    /// Whether the code point has case at all.
    static func isCased(_ c: UInt32) -> Bool { isUpper(c) || isLower(c) || isTitle(c) }

    /// `str.isprintable` of one code point: what `repr` leaves as it is.
    static func isPrintable(_ c: UInt32) -> Bool {
        if c < 0x80 { return c >= 0x20 && c < 0x7F }
        switch category(c) {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
            .paragraphSeparator, .spaceSeparator:
            return false
        default: return true
        }
    }
}
