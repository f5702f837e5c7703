extension FloatFormat {
    /// How a number is laid out.
    enum Style {
        /// A fixed number of decimals.
        case fixed
        /// One digit before the point, and an exponent.
        case scientific
        /// The shorter one of both, for a number of significant digits.
        case general
    }

    /// The first `count` significant digits of a positive number, rounded half to even from its
    /// exact value, and the exponent of the first one.
    static func significantDigits(_ size: Double, _ count: Int) -> (digits: [UInt8], exponent: Int)
    {
        guard size > 0 else { return ([UInt8](repeating: 0x30, count: count), 0) }
        // The exact expansion: every double has finitely many decimals.
        let decimals = max(0, 52 - Int(size.exponent))
        let (whole, fraction) = exactDigits(size, min(decimals, 1100))
        var digits = whole + fraction
        var exponent = whole.count - 1
        let zeros = digits.prefix { $0 == 0x30 }.count
        digits.removeFirst(zeros)
        exponent -= zeros
        guard digits.count > count else {
            return (digits + [UInt8](repeating: 0x30, count: count - digits.count), exponent)
        }
        let rest = digits[count...]
        let first = rest.first ?? 0x30
        let isTie = first == 0x35 && rest.dropFirst().allSatisfy { $0 == 0x30 }
        let isOdd = count > 0 && digits[count - 1] & 1 == 1
        let goesUp = isTie ? isOdd : first >= 0x35
        digits.removeSubrange(count...)
        if goesUp {
            var i = count - 1
            while i >= 0 && digits[i] == 0x39 {
                digits[i] = 0x30
                i -= 1
            }
            if i >= 0 {
                digits[i] += 1
            } else {
                digits.insert(0x31, at: 0)
                digits.removeLast()
                exponent += 1
            }
        }
        return (digits, exponent)
    }

    /// The text of the magnitude of a number, without a sign.
    ///
    /// - Parameters:
    ///   - size: The magnitude, finite.
    ///   - style: The layout.
    ///   - precision: Decimals, or significant digits for `general`.
    ///   - isAlternate: Whether a point is kept with nothing behind it, and zeros for `general`.
    ///   - isUpper: Whether the exponent has a capital letter.
    /// - Returns: The text as ASCII bytes.
    static func text(
        _ size: Double, _ style: Style, precision: Int, isAlternate: Bool, isUpper: Bool
    ) -> [UInt8] {
        var out = ByteBuffer(capacity: 64)
        let letter = isUpper ? UInt8(ascii: "E") : UInt8(ascii: "e")
        switch style {
        case .fixed:
            appendFixed(size, decimals: precision, to: &out)
            if precision == 0 && isAlternate { out.append(UInt8(ascii: ".")) }
        case .scientific:
            let (digits, exponent) = significantDigits(size, precision + 1)
            out.append(digits[0])
            if precision > 0 || isAlternate { out.append(UInt8(ascii: ".")) }
            out.append(Array(digits[1...]))
            appendExponent(exponent, letter: letter, to: &out)
        case .general:
            let count = max(precision, 1)
            var (digits, exponent) = significantDigits(size, count)
            let isScientific = exponent < -4 || exponent >= count
            if !isAlternate {
                while digits.count > 1 && digits.last == 0x30 { digits.removeLast() }
            }
            if isScientific {
                out.append(digits[0])
                if digits.count > 1 || isAlternate { out.append(UInt8(ascii: ".")) }
                out.append(Array(digits[1...]))
                appendExponent(exponent, letter: letter, to: &out)
            } else {
                let isWhole = appendPlain(digits, exponent, to: &out)
                if isWhole && isAlternate { out.append(UInt8(ascii: ".")) }
            }
        }
        return unsafe Array(out.bytes)
    }
}
