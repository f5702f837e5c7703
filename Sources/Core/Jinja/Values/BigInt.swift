/// An integer of any size while it is computed with; rare, so it may allocate.
///
/// Magnitude as little-endian 32-bit limbs without leading zeros; zero has none.
struct BigInt {
    var limbs: [UInt32]
    var isNegative: Bool

    init(limbs: [UInt32], isNegative: Bool) {
        var limbs = limbs
        while limbs.last == 0 { limbs.removeLast() }
        self.limbs = limbs
        self.isNegative = isNegative && !limbs.isEmpty
    }

    init(_ value: Int) {
        let magnitude = value.magnitude
        self.init(
            limbs: [UInt32(truncatingIfNeeded: magnitude), UInt32(magnitude >> 32)],
            isNegative: value < 0)
    }

    /// The value of an int, a bool or a big int.
    init(_ value: Value) {
        guard value.tag == .bigInt else {
            self.init(value.int)
            return
        }
        let object = unsafe value.address.assumingMemoryBound(to: BigIntObject.self).pointee
        let limbs = unsafe UnsafeBufferPointer(start: object.limbs, count: object.count)
        unsafe self.init(limbs: Array(limbs), isNegative: object.isNegative)
    }

    /// The value of digits in lower case, with a sign and a prefix for the base as in Python.
    init(literal: String) {
        let base: UInt32 =
            literal.hasPrefix("0x")
            ? 16 : literal.hasPrefix("0o") ? 8 : literal.hasPrefix("0b") ? 2 : 10
        self.init(digits: base == 10 ? literal[...] : literal.dropFirst(2), base: base)
    }

    init(digits: Substring, base: UInt32) {
        var magnitude: [UInt32] = []
        var isNegative = false
        for character in digits.utf8 {
            if character == UInt8(ascii: "-") {
                isNegative = true
                continue
            }
            let digit: UInt32 =
                character >= 0x61
                ? UInt32(character) - 87
                : character >= 0x41 ? UInt32(character) - 55 : UInt32(character) &- 48
            BigInt.multiplyAdd(&magnitude, base, digit)
        }
        self.init(limbs: magnitude, isNegative: isNegative)
    }

    /// The integer part of a finite number.
    init(_ value: Double) {
        let whole = value.rounded(.towardZero)
        guard whole != 0 else {
            self.init(0)
            return
        }
        let exponent = Int(whole.exponent)
        let significand = whole.significandBitPattern | (1 << 52)
        let shift = exponent - 52
        let base = BigInt(
            limbs: [UInt32(truncatingIfNeeded: significand), UInt32(significand >> 32)],
            isNegative: false)
        var result = shift >= 0 ? base.shiftedLeft(shift) : base.shiftedRight(-shift)
        result.isNegative = whole < 0 && !result.limbs.isEmpty
        self = result
    }

    var isZero: Bool { limbs.isEmpty }

    /// The value, where it fits a machine integer.
    var int: Int? {
        guard limbs.count <= 2 else { return nil }
        var magnitude: UInt = 0
        for (i, limb) in limbs.enumerated() { magnitude |= UInt(limb) << (32 * UInt(i)) }
        if isNegative {
            return magnitude <= UInt(Int.max) + 1 ? Int(truncatingIfNeeded: 0 &- magnitude) : nil
        }
        return magnitude <= UInt(Int.max) ? Int(magnitude) : nil
    }

    /// The value as an `int` where it fits, else as a big int in the arena.
    func value(_ arena: inout Arena) -> Value {
        if let int { return Value(int) }
        let storage = unsafe arena.allocate(UInt32.self, count: limbs.count)
        for (i, limb) in limbs.enumerated() { unsafe storage[i] = limb }
        let object = unsafe BigIntObject(
            limbs: storage, count: limbs.count, isNegative: isNegative)
        return unsafe Value(.bigInt, at: arena.box(object))
    }

    var bitWidth: Int {
        guard let top = limbs.last else { return 0 }
        return limbs.count * 32 - top.leadingZeroBitCount
    }

    /// The nearest number, ties to even; infinite where it is too large.
    var double: Double {
        let bits = bitWidth
        guard bits > 64 else {
            var magnitude: UInt64 = 0
            for (i, limb) in limbs.enumerated() { magnitude |= UInt64(limb) << (32 * UInt64(i)) }
            let value = Double(magnitude)
            return isNegative ? -value : value
        }
        let shift = bits - 64
        let top = shiftedRight(shift)
        var magnitude: UInt64 = 0
        for (i, limb) in top.limbs.enumerated() { magnitude |= UInt64(limb) << (32 * UInt64(i)) }
        // What was cut off only matters as "there was something".
        if shiftedRight(shift).shiftedLeft(shift).limbs != limbs { magnitude |= 1 }
        guard bits <= 1024 else { return isNegative ? -.infinity : .infinity }
        let value = Double(sign: .plus, exponent: shift, significand: Double(magnitude))
        return isNegative ? -value : value
    }

    // MARK: Arithmetic

    static func multiplyAdd(_ limbs: inout [UInt32], _ factor: UInt32, _ summand: UInt32) {
        var carry = UInt64(summand)
        for i in limbs.indices {
            carry += UInt64(limbs[i]) * UInt64(factor)
            limbs[i] = UInt32(truncatingIfNeeded: carry)
            carry >>= 32
        }
        if carry > 0 { limbs.append(UInt32(carry)) }
    }

    /// Divides in place and returns the remainder.
    static func divide(_ limbs: inout [UInt32], by divisor: UInt32) -> UInt32 {
        var rest: UInt64 = 0
        for i in limbs.indices.reversed() {
            let value = rest << 32 | UInt64(limbs[i])
            limbs[i] = UInt32(value / UInt64(divisor))
            rest = value % UInt64(divisor)
        }
        while limbs.last == 0 { limbs.removeLast() }
        return UInt32(rest)
    }

    private static func compareMagnitude(_ a: [UInt32], _ b: [UInt32]) -> Int {
        if a.count != b.count { return a.count < b.count ? -1 : 1 }
        for i in a.indices.reversed() where a[i] != b[i] { return a[i] < b[i] ? -1 : 1 }
        return 0
    }

    private static func addMagnitude(_ a: [UInt32], _ b: [UInt32]) -> [UInt32] {
        var result: [UInt32] = []
        var carry: UInt64 = 0
        for i in 0..<max(a.count, b.count) {
            carry += UInt64(i < a.count ? a[i] : 0) + UInt64(i < b.count ? b[i] : 0)
            result.append(UInt32(truncatingIfNeeded: carry))
            carry >>= 32
        }
        if carry > 0 { result.append(UInt32(carry)) }
        return result
    }

    /// `a - b` where `a` is not the smaller one.
    private static func subtractMagnitude(_ a: [UInt32], _ b: [UInt32]) -> [UInt32] {
        var result: [UInt32] = []
        var borrow: Int64 = 0
        for i in a.indices {
            var difference = Int64(a[i]) - (i < b.count ? Int64(b[i]) : 0) - borrow
            borrow = difference < 0 ? 1 : 0
            if difference < 0 { difference += 1 << 32 }
            result.append(UInt32(difference))
        }
        return result
    }

    static func + (a: BigInt, b: BigInt) -> BigInt {
        if a.isNegative == b.isNegative {
            return BigInt(limbs: addMagnitude(a.limbs, b.limbs), isNegative: a.isNegative)
        }
        if compareMagnitude(a.limbs, b.limbs) >= 0 {
            return BigInt(limbs: subtractMagnitude(a.limbs, b.limbs), isNegative: a.isNegative)
        }
        return BigInt(limbs: subtractMagnitude(b.limbs, a.limbs), isNegative: b.isNegative)
    }

    static prefix func - (a: BigInt) -> BigInt {
        BigInt(limbs: a.limbs, isNegative: !a.isNegative)
    }

    static func - (a: BigInt, b: BigInt) -> BigInt { a + (-b) }

    static func * (a: BigInt, b: BigInt) -> BigInt {
        var result = [UInt32](repeating: 0, count: a.limbs.count + b.limbs.count)
        for i in a.limbs.indices {
            var carry: UInt64 = 0
            for j in b.limbs.indices {
                carry += UInt64(a.limbs[i]) * UInt64(b.limbs[j]) + UInt64(result[i + j])
                result[i + j] = UInt32(truncatingIfNeeded: carry)
                carry >>= 32
            }
            result[i + b.limbs.count] = UInt32(carry)
        }
        return BigInt(limbs: result, isNegative: a.isNegative != b.isNegative)
    }

    /// Quotient and remainder as Python rounds them: the remainder has the divisor's sign.
    func dividedFloor(by divisor: BigInt) -> (quotient: BigInt, remainder: BigInt) {
        let (q, r) = BigInt.divideMagnitude(limbs, divisor.limbs)
        var quotient = BigInt(limbs: q, isNegative: isNegative != divisor.isNegative)
        var remainder = BigInt(limbs: r, isNegative: isNegative)
        if !remainder.isZero && isNegative != divisor.isNegative {
            quotient = quotient - BigInt(1)
            remainder = remainder + divisor
        }
        return (quotient, remainder)
    }

    private static func divideMagnitude(
        _ a: [UInt32], _ b: [UInt32]
    ) -> (quotient: [UInt32], remainder: [UInt32]) {
        if compareMagnitude(a, b) < 0 { return ([], a) }
        if b.count == 1 {
            var quotient = a
            let rest = divide(&quotient, by: b[0])
            return (quotient, rest == 0 ? [] : [rest])
        }
        // Schoolbook division by bits: at most `integerBits` rounds, and seldom wanted.
        var quotient = [UInt32](repeating: 0, count: a.count)
        var rest = BigInt(limbs: [], isNegative: false)
        for bit in (0..<a.count * 32).reversed() {
            rest = rest.shiftedLeft(1)
            if a[bit / 32] >> UInt32(bit % 32) & 1 == 1 {
                if rest.limbs.isEmpty { rest.limbs = [1] } else { rest.limbs[0] |= 1 }
            }
            if compareMagnitude(rest.limbs, b) >= 0 {
                rest = BigInt(limbs: subtractMagnitude(rest.limbs, b), isNegative: false)
                quotient[bit / 32] |= 1 << UInt32(bit % 32)
            }
        }
        return (quotient, rest.limbs)
    }

    func shiftedLeft(_ bits: Int) -> BigInt {
        guard !isZero else { return self }
        let words = bits / 32
        let rest = UInt64(bits % 32)
        var result = [UInt32](repeating: 0, count: words)
        var carry: UInt64 = 0
        for limb in limbs {
            carry |= UInt64(limb) << rest
            result.append(UInt32(truncatingIfNeeded: carry))
            carry >>= 32
        }
        result.append(UInt32(carry))
        return BigInt(limbs: result, isNegative: isNegative)
    }

    /// Shifts the magnitude, dropping what falls off.
    func shiftedRight(_ bits: Int) -> BigInt {
        let words = bits / 32
        guard words < limbs.count else { return BigInt(limbs: [], isNegative: false) }
        let rest = UInt64(bits % 32)
        var result: [UInt32] = []
        for i in words..<limbs.count {
            let high = i + 1 < limbs.count ? UInt64(limbs[i + 1]) : 0
            result.append(UInt32(truncatingIfNeeded: (high << 32 | UInt64(limbs[i])) >> rest))
        }
        return BigInt(limbs: result, isNegative: isNegative)
    }

    // MARK: Comparing and printing

    static func < (a: BigInt, b: BigInt) -> Bool {
        if a.isNegative != b.isNegative { return a.isNegative }
        let order = compareMagnitude(a.limbs, b.limbs)
        return a.isNegative ? order > 0 : order < 0
    }

    static func == (a: BigInt, b: BigInt) -> Bool {
        a.isNegative == b.isNegative && a.limbs == b.limbs
    }

    /// Digits in a base up to 16, in lower case, with a minus sign.
    func digits(base: UInt32 = 10) -> [UInt8] {
        guard !isZero else { return [UInt8(ascii: "0")] }
        var rest = limbs
        var digits: [UInt8] = []
        while !rest.isEmpty {
            let digit = UInt8(BigInt.divide(&rest, by: base))
            digits.append(digit < 10 ? digit + 0x30 : digit + 0x57)
        }
        if isNegative { digits.append(UInt8(ascii: "-")) }
        return digits.reversed()
    }
}
