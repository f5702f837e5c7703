extension Machine {
    mutating func absFilter(_ value: Value) throws(Fault) -> Value {
        switch value.tag {
        case .int, .bool:
            return value.int < 0 ? try negate(value) : Value(value.int)
        case .float: return Value(value.float.magnitude)
        case .bigInt: return BigInt(value).isNegative ? try negate(value) : value
        case .undefined: throw undefinedFault(value)
        default: throw fault(.type, "a value of type '\(typeName(value))' has no absolute value")
        }
    }

    mutating func roundFilter(_ value: Value, _ arguments: CallArguments) throws(Fault) -> Value {
        let precision = try integer(arguments[0], default: 0, "precision")
        let method = arguments[1].isAbsent ? Value(Text("common")) : arguments[1]
        guard method.isString else { throw fault(.value, "'method' must be a string") }
        guard value.isNumber else {
            if value.tag == .undefined { throw undefinedFault(value) }
            throw fault(.type, "a value of type '\(typeName(value))' cannot be rounded")
        }
        switch method.text {
        case "common": return try rounded(value, precision)
        case "ceil", "floor": break
        default: throw fault(.value, "'method' must be 'common', 'ceil' or 'floor'")
        }
        let power = PowerFunction.power(10, Double(precision))
        let scaled = try double(value) * power
        guard scaled.isFinite else { throw fault(.overflow, "the number cannot be rounded") }
        let whole = scaled.rounded(method.text == "ceil" ? .up : .down)
        // Python goes through an integer here, which has no negative zero.
        return Value((whole + 0.0) / power)
    }

    /// `round(value, precision)`: half to even, and exact.
    private mutating func rounded(_ value: Value, _ precision: Int) throws(Fault) -> Value {
        if value.tag != .float {
            if precision >= 0 { return value.tag == .bool ? Value(value.int) : value }
            guard precision > -4300 else { return Value(0) }
            let power = try arithmeticOnNumbers(.pow, Value(10), Value(-precision))
            let big = BigInt(value)
            let unit = BigInt(power)
            let (quotient, remainder) = big.dividedFloor(by: unit)
            let twice = remainder + remainder
            let isOdd = (quotient.limbs.first ?? 0) & 1 == 1
            let goesUp = unit < twice || (unit == twice && isOdd)
            return ((goesUp ? quotient + BigInt(1) : quotient) * unit).value(&arena)
        }
        let number = value.float
        guard number.isFinite, number != 0 else { return value }
        if precision > 323 { return value }
        if precision < -308 { return Value(number < 0 ? -0.0 : 0.0) }
        if precision >= 0 && precision <= 22,
            let scaled = FloatFormat.scaledExactly(number.magnitude, precision),
            scaled < 1 << 53
        {
            let result = Double(scaled) / FloatFormat.powersOfTen[precision]
            return Value(number < 0 ? -result : result)
        }
        if precision >= 0 {
            let (whole, fraction) = FloatFormat.exactDigits(number.magnitude, precision)
            let text = String(decoding: whole + [0x2E] + fraction + [0x30], as: UTF8.self)
            let result = Double(text) ?? number
            return Value(number < 0 ? -result : result)
        }
        let (digits, _) = FloatFormat.exactDigits(number.magnitude, 0)
        let whole = BigInt(digits: Substring(String(decoding: digits, as: UTF8.self)), base: 10)
        let isExact = number == number.rounded()
        let result = BigInt(
            try rounded((isExact ? whole : BigInt(number.magnitude)).value(&arena), precision))
        return Value(number < 0 ? -result.double : result.double)
    }

    mutating func intFilter(_ value: Value, _ arguments: CallArguments) throws(Fault) -> Value {
        let fallback = arguments[0].isAbsent ? Value(0) : arguments[0]
        let base = try integer(arguments[1], default: 10, "base")
        switch value.tag {
        case .int, .bigInt: return value
        case .bool: return Value(value.int)
        case .float: return value.float.isFinite ? whole(value.float) : fallback
        case .string:
            if let parsed = NumberParsing.integer(value.text, base: base)?.value(&arena) {
                return parsed
            }
            guard let number = NumberParsing.float(value.text), number.isFinite else {
                return fallback
            }
            return whole(number)
        case .undefined: throw undefinedFault(value)
        default: return fallback
        }
    }

    /// The integer part of a finite number.
    mutating func whole(_ number: Double) -> Value {
        if let int = Int(exactly: number.rounded(.towardZero)) { return Value(int) }
        return BigInt(number).value(&arena)
    }

    mutating func floatFilter(_ value: Value, _ fallback: Value) throws(Fault) -> Value {
        let fallback = fallback.isAbsent ? Value(0.0) : fallback
        switch value.tag {
        case .float: return value
        case .int, .bool: return Value(Double(value.int))
        case .bigInt: return Value(try double(value))
        case .string: return NumberParsing.float(value.text).map { Value($0) } ?? fallback
        case .undefined: throw undefinedFault(value)
        default: return fallback
        }
    }
}

/// Reads numbers from text as Python's `int` and `float` do.
enum NumberParsing {
    /// The text without white space and with digits of any script as ASCII, or nil where it has
    /// other characters; underscores stand between digits only.
    private static func plain(_ text: Text) -> [UInt8]? {
        let trimmed = text.trimmed(left: true, right: true)
        guard trimmed.count > 0, trimmed.count <= 5000 else { return nil }
        var bytes: [UInt8] = []
        var i = 0
        while i < trimmed.count {
            let (scalar, next) = trimmed.scalar(at: i)
            if scalar < 0x80 {
                bytes.append(UInt8(scalar))
            } else if let digit = UnicodeTables.decimalValue(scalar) {
                bytes.append(UInt8(digit) + 0x30)
            } else {
                return nil
            }
            i = next
        }
        return bytes
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (byte >= 0x30 && byte <= 0x39) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A)
    }

    private static func withoutUnderscores(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        var out: [UInt8] = []
        for i in bytes.indices {
            if bytes[i] == UInt8(ascii: "_") {
                guard i > bytes.startIndex, isHexDigit(bytes[i - 1]), i + 1 < bytes.endIndex,
                    isHexDigit(bytes[i + 1])
                else { return nil }
            } else {
                out.append(bytes[i])
            }
        }
        return out
    }

    static func integer(_ text: Text, base: Int) -> BigInt? {
        guard base == 0 || (base >= 2 && base <= 36), var bytes = plain(text)?[...] else {
            return nil
        }
        var isNegative = false
        if bytes.first == UInt8(ascii: "-") || bytes.first == UInt8(ascii: "+") {
            isNegative = bytes.removeFirst() == UInt8(ascii: "-")
        }
        var base = base
        if bytes.count > 2, bytes.first == 0x30 {
            let marker = bytes[bytes.startIndex + 1] | 0x20
            let prefixed = marker == 0x78 ? 16 : marker == 0x6F ? 8 : marker == 0x62 ? 2 : 0
            if prefixed != 0 && (base == 0 || base == prefixed) {
                base = prefixed
                bytes = bytes.dropFirst(2)
                if bytes.first == UInt8(ascii: "_") { bytes = bytes.dropFirst() }
            }
        }
        if base == 0 { base = 10 }
        guard let digits = withoutUnderscores(bytes), !digits.isEmpty else { return nil }
        var limbs: [UInt32] = []
        for byte in digits {
            let digit: UInt32
            if byte >= 0x30 && byte <= 0x39 {
                digit = UInt32(byte - 0x30)
            } else if byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A {
                digit = UInt32((byte | 0x20) - 0x57)
            } else {
                return nil
            }
            guard digit < base else { return nil }
            BigInt.multiplyAdd(&limbs, UInt32(base), digit)
        }
        return BigInt(limbs: limbs, isNegative: isNegative)
    }

    static func float(_ text: Text) -> Double? {
        guard let bytes = plain(text), let digits = withoutUnderscores(bytes[...]) else {
            return nil
        }
        let word = String(decoding: digits, as: UTF8.self).lowercased()
        let bare = word.hasPrefix("-") || word.hasPrefix("+") ? String(word.dropFirst()) : word
        if bare == "inf" || bare == "infinity" {
            return word.hasPrefix("-") ? -.infinity : .infinity
        }
        if bare == "nan" { return .nan }
        guard
            bare.utf8.allSatisfy({
                ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x2E || $0 == 0x65 || $0 == 0x2B || $0 == 0x2D
            }),
            bare.utf8.contains(where: { $0 >= 0x30 && $0 <= 0x39 })
        else { return nil }
        // The standard library wants digits on both sides of a point.
        var spelled = bare
        if spelled.hasPrefix(".") { spelled = "0" + spelled }
        if spelled.hasSuffix(".") { spelled += "0" }
        spelled = spelled.split(separator: ".e", omittingEmptySubsequences: false).joined(
            separator: ".0e")
        guard let value = Double(spelled) else { return nil }
        return word.hasPrefix("-") ? -value : value
    }
}
