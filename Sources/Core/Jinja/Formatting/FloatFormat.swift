/// Writes doubles as Python does.
enum FloatFormat {
    static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
        1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]

    /// Appends `repr`: the shortest digits that read back as the same number.
    static func append(_ value: Double, to out: inout ByteBuffer) {
        guard value.isFinite else { return appendSpecial(value, to: &out) }
        if value.sign == .minus { out.append(UInt8(ascii: "-")) }
        let size = value.magnitude
        if size < 1e15 && size == size.rounded() {
            Decimal.append(UInt64(size), to: &out)
            out.append(".0")
            return
        }
        if size >= 1e-4 && size < 1e11, appendShort(size, to: &out) { return }
        appendLong(size, to: &out)
    }

    /// "nan", "inf" or "-inf".
    static func appendSpecial(_ value: Double, to out: inout ByteBuffer) {
        out.append(value.isNaN ? "nan" : value < 0 ? "-inf" : "inf")
    }

    /// Numbers of few decimals: if some integer of at most 15 digits divided by a power of ten is
    /// the number, those digits are the shortest ones, since that division is rounded correctly.
    private static func appendShort(_ size: Double, to out: inout ByteBuffer) -> Bool {
        var decimals = 1
        while decimals <= 12 {
            let power = powersOfTen[decimals]
            let scaled = (size * power).rounded()
            if scaled >= 1e15 { return false }
            if scaled / power == size {
                let whole = UInt64(scaled) / UInt64(power)
                Decimal.append(whole, to: &out)
                out.append(UInt8(ascii: "."))
                let fraction = UInt64(scaled) - whole * UInt64(power)
                let digits = decimals
                unsafe out.append(atMost: digits) { start in
                    unsafe Decimal.write(fraction, digits, at: start)
                    return digits
                }
                return true
            }
            decimals += 1
        }
        return false
    }

    private static func appendLong(_ size: Double, to out: inout ByteBuffer) {
        let (digits, exponent) = shortestDigits(size)
        appendRepresentation(digits, exponent, to: &out)
    }

    /// The shortest digits of a positive number and the exponent of the first one.
    static func shortestDigits(_ size: Double) -> (digits: [UInt8], exponent: Int) {
        // The standard library prints the shortest digits as well, in another layout.
        var digits: [UInt8] = []
        var exponent = 0
        var point: Int?
        var text = "\(size)"
        text.withUTF8 { utf8 in
            var i = 0
            while i < utf8.count {
                let byte = unsafe utf8[i]
                if byte == UInt8(ascii: "e") {
                    unsafe exponent =
                        Int(String(decoding: utf8[(i + 1)...], as: UTF8.self)) ?? 0
                    break
                }
                if byte == UInt8(ascii: ".") { point = digits.count } else { digits.append(byte) }
                i += 1
            }
        }
        exponent += (point ?? digits.count) - 1
        while digits.count > 1 && digits[0] == 0x30 {
            digits.removeFirst()
            exponent -= 1
        }
        while digits.count > 1 && digits.last == 0x30 { digits.removeLast() }
        return (digits, exponent)
    }

    private static func appendRepresentation(
        _ digits: [UInt8], _ exponent: Int, to out: inout ByteBuffer
    ) {
        if exponent < -4 || exponent >= 16 {
            out.append(digits[0])
            if digits.count > 1 {
                out.append(UInt8(ascii: "."))
                out.append(Array(digits[1...]))
            }
            appendExponent(exponent, to: &out)
            return
        }
        if appendPlain(digits, exponent, to: &out) { out.append(".0") }
    }

    /// Appends digits without an exponent; true where there is no point among them.
    static func appendPlain(
        _ digits: [UInt8], _ exponent: Int, to out: inout ByteBuffer
    ) -> Bool {
        if exponent < 0 {
            out.append("0.")
            for _ in 0..<(-exponent - 1) { out.append(0x30) }
            out.append(digits)
            return false
        }
        for i in 0...max(exponent, digits.count - 1) {
            if i == exponent + 1 { out.append(UInt8(ascii: ".")) }
            out.append(i < digits.count ? digits[i] : 0x30)
        }
        return digits.count <= exponent + 1
    }

    /// Appends `e+16` and the like: a sign and at least two digits.
    static func appendExponent(
        _ exponent: Int, letter: UInt8 = UInt8(ascii: "e"), to out: inout ByteBuffer
    ) {
        out.append(letter)
        out.append(exponent < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+"))
        if exponent.magnitude < 10 { out.append(0x30) }
        Decimal.append(UInt64(exponent.magnitude), to: &out)
    }

    // MARK: A fixed number of decimals

    /// Appends a finite number with `decimals` digits behind the point, rounded half to even from
    /// its exact value, as `%.2f` does.
    static func appendFixed(_ value: Double, decimals: Int, to out: inout ByteBuffer) {
        if value.sign == .minus { out.append(UInt8(ascii: "-")) }
        let size = value.magnitude
        if decimals <= 22, let scaled = scaledExactly(size, decimals) {
            return appendScaled(scaled, decimals, to: &out)
        }
        let (whole, fraction) = exactDigits(size, decimals)
        out.append(whole)
        guard decimals > 0 else { return }
        out.append(UInt8(ascii: "."))
        out.append(fraction)
    }

    private static func appendScaled(
        _ scaled: UInt64, _ decimals: Int, to out: inout ByteBuffer
    ) {
        guard decimals > 0 else { return Decimal.append(scaled, to: &out) }
        guard decimals <= 18 else {
            let digits = Decimal.count(scaled)
            out.append("0.")
            for _ in digits..<decimals { out.append(0x30) }
            return Decimal.append(scaled, to: &out)
        }
        var power: UInt64 = 1
        for _ in 0..<decimals { power &*= 10 }
        Decimal.append(scaled / power, to: &out)
        out.append(UInt8(ascii: "."))
        let fraction = scaled % power
        unsafe out.append(atMost: decimals) { start in
            unsafe Decimal.write(fraction, decimals, at: start)
            return decimals
        }
    }

    /// `size * 10^decimals`, rounded half to even from the exact product; nil where it needs more
    /// than 64 bits (or, with more than 18 decimals, is not below one).
    static func scaledExactly(_ size: Double, _ decimals: Int) -> UInt64? {
        if size == 0 { return 0 }
        guard size < 1e15 else { return nil }
        let exponent = Int(size.exponent) - 52
        var significand = size.significandBitPattern | (1 << 52)
        var shift = -exponent
        if size.isSubnormal { return 0 }
        if shift <= 0 {
            significand <<= UInt64(-shift)
            shift = 0
        }
        var product = UInt128(significand)
        for _ in 0..<decimals { product &*= 10 }
        // The product is below 2^127, so a shift of 128 leaves less than a half.
        guard shift < 128 else { return 0 }
        let quotient = product >> UInt128(shift)
        let rest = product - (quotient << UInt128(shift))
        let half = shift == 0 ? UInt128(1) : UInt128(1) << UInt128(shift - 1)
        var rounded = quotient
        if shift > 0 && (rest > half || (rest == half && quotient & 1 == 1)) { rounded += 1 }
        guard rounded < UInt128(1) << 63 else { return nil }
        if decimals > 18 {
            var one = UInt128(1)
            for _ in 0..<decimals { one *= 10 }
            guard rounded < one else { return nil }
        }
        return UInt64(rounded)
    }

    /// The digits before and behind the point, exactly rounded, for numbers of any size.
    static func exactDigits(_ size: Double, _ decimals: Int) -> (whole: [UInt8], fraction: [UInt8])
    {
        let decimals = min(decimals, 1100)
        let exponent = Int(size.exponent) - 52
        var scaled: BigInt
        if size == 0 {
            scaled = BigInt(0)
        } else {
            let isNormal = size.isNormal
            let significand = size.significandBitPattern | (isNormal ? 1 << 52 : 0)
            let power = isNormal ? exponent : -1074
            scaled = BigInt(
                limbs: [UInt32(truncatingIfNeeded: significand), UInt32(significand >> 32)],
                isNegative: false)
            for _ in 0..<decimals { BigInt.multiplyAdd(&scaled.limbs, 10, 0) }
            if power >= 0 {
                scaled = scaled.shiftedLeft(power)
            } else {
                scaled = roundedShift(scaled, -power)
            }
        }
        var digits = scaled.digits()
        while digits.count <= decimals { digits.insert(0x30, at: 0) }
        let split = digits.count - decimals
        return (Array(digits[..<split]), Array(digits[split...]))
    }

    private static func roundedShift(_ value: BigInt, _ shift: Int) -> BigInt {
        let quotient = value.shiftedRight(shift)
        let rest = value - quotient.shiftedLeft(shift)
        let half = BigInt(1).shiftedLeft(shift - 1)
        let isOdd = (quotient.limbs.first ?? 0) & 1 == 1
        if half < rest || (half == rest && isOdd) { return quotient + BigInt(1) }
        return quotient
    }
}
