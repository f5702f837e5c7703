import Jinja

extension JSONCursor {
    /// The shape of a number that was passed.
    struct Number {
        var isNegative = false
        var isInteger = true
        /// The digits as one integer, if `fitsMantissa`.
        var mantissa: UInt64 = 0
        /// The number is the mantissa times ten to this power.
        var exponent = 0
        /// Whether the mantissa holds all digits: at most 19 of them.
        var fitsMantissa = true

        fileprivate mutating func add(_ digit: UInt8, isFraction: Bool) {
            // Ten times this, plus nine, is still below 2⁶⁴.
            if mantissa <= 1_844_674_407_370_955_160 {
                mantissa = mantissa * 10 + UInt64(digit)
                if isFraction { exponent -= 1 }
            } else {
                fitsMantissa = false
            }
        }
    }

    /// Passes a number as RFC 8259 has it: no plus, no leading zeros, no bare point.
    mutating func passNumber() throws(RowFault) -> Number {
        var number = Number()
        number.isNegative = pass("-")
        guard let first = digit() else {
            throw fault(number.isNegative ? .digit : .value)
        }
        number.add(first, isFraction: false)
        unsafe place += 1
        if first != 0 {
            passDigits(&number, isFraction: false)
        }
        if pass(".") {
            number.isInteger = false
            guard digit() != nil else { throw fault(.digit) }
            passDigits(&number, isFraction: true)
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            unsafe place += 1
            number.isInteger = false
            let isNegative = pass("-")
            if !isNegative { _ = pass("+") }
            guard digit() != nil else { throw fault(.digit) }
            var exponent = 0
            while let digit = digit() {
                // Far beyond what a double can hold, either way.
                exponent = min(exponent * 10 + Int(digit), 100_000)
                unsafe place += 1
            }
            number.exponent += isNegative ? -exponent : exponent
        }
        return number
    }

    @inline(__always)
    private func digit() -> UInt8? {
        guard let byte = next, 0x30...0x39 ~= byte else { return nil }
        return byte - 0x30
    }

    @inline(__always)
    private mutating func passDigits(_ number: inout Number, isFraction: Bool) {
        while let digit = digit() {
            number.add(digit, isFraction: isFraction)
            unsafe place += 1
        }
    }

    /// Reads a number: an integer if it is written as one and fits 64 bits, a double if it has a
    /// fraction or an exponent, else the JSON text itself, so that no digit is lost.
    mutating func readNumber() throws(RowFault) -> SlotValue {
        let start = unsafe place
        let number = try passNumber()
        let text = unsafe UnsafeRawBufferPointer(start: start, count: place - start)
        if number.isInteger {
            if number.fitsMantissa {
                if number.mantissa <= UInt64(Int64.max) {
                    let value = Int64(number.mantissa)
                    return SlotValue(number.isNegative ? -value : value)
                }
                if number.isNegative && number.mantissa == 1 << 63 { return SlotValue(Int64.min) }
            }
            return unsafe SlotValue(json: text)
        }
        // Exact: both factors are doubles without rounding, and one operation rounds once.
        if number.fitsMantissa, number.mantissa <= 1 << 53, abs(number.exponent) <= 22 {
            let power = Self.powersOfTen[abs(number.exponent)]
            let mantissa = Double(number.mantissa)
            let value = number.exponent < 0 ? mantissa / power : mantissa * power
            return SlotValue(number.isNegative ? -value : value)
        }
        let value = unsafe Double(String(decoding: text, as: UTF8.self))
        guard let value, value.isFinite else { return unsafe SlotValue(json: text) }
        return SlotValue(value)
    }

    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
        1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]
}
