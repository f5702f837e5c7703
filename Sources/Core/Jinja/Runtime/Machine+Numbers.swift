extension Machine {
    /// Arithmetic on two numbers as Python does it.
    mutating func arithmeticOnNumbers(
        _ op: Instruction.Operation, _ a: Value, _ b: Value
    ) throws(Fault) -> Value {
        if a.tag == .float || b.tag == .float || op == .div {
            return try arithmeticOnDoubles(op, a, b)
        }
        if op == .pow { return try power(a, b) }
        if a.tag != .bigInt && b.tag != .bigInt, let value = try smallArithmetic(op, a.int, b.int) {
            return value
        }
        let x = BigInt(a)
        let y = BigInt(b)
        let result: BigInt
        switch op {
        case .add: result = x + y
        case .sub: result = x - y
        case .mul:
            guard x.bitWidth + y.bitWidth <= JinjaLimits.integerBits else { throw tooLarge() }
            try spend(x.limbs.count * y.limbs.count >> 6)
            result = x * y
        default:
            guard !y.isZero else { throw divisionByZero() }
            try spend(x.limbs.count)
            let (quotient, remainder) = x.dividedFloor(by: y)
            result = op == .floorDiv ? quotient : remainder
        }
        guard result.bitWidth <= JinjaLimits.integerBits else { throw tooLarge() }
        return result.value(&arena)
    }

    private mutating func tooLarge() -> Fault {
        fault(.overflow, "an integer of more than \(JinjaLimits.integerBits) bits is not allowed")
    }

    private mutating func divisionByZero() -> Fault { fault(.zeroDivision, "division by zero") }

    /// The result where it fits a machine integer.
    private mutating func smallArithmetic(
        _ op: Instruction.Operation, _ a: Int, _ b: Int
    ) throws(Fault) -> Value? {
        switch op {
        case .add:
            let (result, overflow) = a.addingReportingOverflow(b)
            return overflow ? nil : Value(result)
        case .sub:
            let (result, overflow) = a.subtractingReportingOverflow(b)
            return overflow ? nil : Value(result)
        case .mul:
            let (result, overflow) = a.multipliedReportingOverflow(by: b)
            return overflow ? nil : Value(result)
        default:
            guard b != 0 else { throw divisionByZero() }
            if a == Int.min && b == -1 { return op == .mod ? Value(0) : nil }
            let remainder = a % b
            let isOff = remainder != 0 && (remainder < 0) != (b < 0)
            if op == .mod { return Value(isOff ? remainder + b : remainder) }
            return Value(isOff ? a / b - 1 : a / b)
        }
    }

    /// The value of a number as a double; too large an integer is an error.
    mutating func double(_ value: Value) throws(Fault) -> Double {
        switch value.tag {
        case .float: return value.float
        case .bigInt:
            let result = BigInt(value).double
            guard result.isFinite else {
                throw fault(.overflow, "the integer is too large to become a float")
            }
            return result
        default: return Double(value.int)
        }
    }

    private mutating func arithmeticOnDoubles(
        _ op: Instruction.Operation, _ a: Value, _ b: Value
    ) throws(Fault) -> Value {
        if op == .div && a.tag != .float && b.tag != .float { return try trueDivision(a, b) }
        let x = try double(a)
        let y = try double(b)
        switch op {
        case .add: return Value(x + y)
        case .sub: return Value(x - y)
        case .mul: return Value(x * y)
        case .div:
            guard y != 0 else { throw divisionByZero() }
            return Value(x / y)
        case .floorDiv, .mod:
            guard y != 0 else { throw divisionByZero() }
            var remainder = x.truncatingRemainder(dividingBy: y)
            var quotient = (x - remainder) / y
            if remainder != 0 {
                if (y < 0) != (remainder < 0) {
                    remainder += y
                    quotient -= 1
                }
            } else {
                remainder = y < 0 ? -0.0 : 0.0
            }
            if op == .mod { return Value(remainder) }
            guard quotient != 0 else { return Value(x / y < 0 ? -0.0 : 0.0) }
            var floor = quotient.rounded(.down)
            if quotient - floor > 0.5 { floor += 1 }
            return Value(floor)
        default: return try powerOfDoubles(x, y)
        }
    }

    /// Integers are divided exactly and rounded once.
    private mutating func trueDivision(_ a: Value, _ b: Value) throws(Fault) -> Value {
        let limit = 1 << 53
        if let x = a.asInt, let y = b.asInt {
            guard y != 0 else { throw divisionByZero() }
            if x.magnitude <= limit && y.magnitude <= limit { return Value(Double(x) / Double(y)) }
        }
        let x = BigInt(a)
        let y = BigInt(b)
        guard !y.isZero else { throw divisionByZero() }
        // 66 bits of quotient and a sticky bit round right for every normal result.
        let shift = max(0, y.bitWidth - x.bitWidth + 66)
        let top = BigInt(limbs: x.limbs, isNegative: false).shiftedLeft(shift)
        let (quotient, remainder) = top.dividedFloor(by: BigInt(limbs: y.limbs, isNegative: false))
        var exact = quotient.shiftedLeft(1)
        if !remainder.isZero { exact.limbs[0] |= 1 }
        let value = Double(sign: .plus, exponent: -(shift + 1), significand: exact.double)
        guard value.isFinite else {
            throw fault(.overflow, "the result of '/' is too large for a float")
        }
        return Value(x.isNegative != y.isNegative ? -value : value)
    }

    private mutating func power(_ a: Value, _ b: Value) throws(Fault) -> Value {
        guard let exponent = b.asInt else {
            if let base = a.asInt, base.magnitude <= 1 {
                let isOdd = BigInt(b).limbs[0] & 1 == 1
                return Value(base == -1 && !isOdd ? 1 : base)
            }
            throw tooLarge()
        }
        if exponent < 0 {
            let base = try double(a)
            guard base != 0 else {
                throw fault(.zeroDivision, "0 cannot be raised to a negative power")
            }
            return try powerOfDoubles(base, Double(exponent))
        }
        var base = BigInt(a)
        let bits = max(base.bitWidth - 1, 0)
        let (size, overflow) = bits.multipliedReportingOverflow(by: exponent)
        guard base.bitWidth <= 1 || (!overflow && size <= JinjaLimits.integerBits) else {
            throw tooLarge()
        }
        try spend(size >> 8)
        var result = BigInt(1)
        var left = exponent
        if base.bitWidth <= 1 { left = min(left, 2 + left % 2) }
        while left > 0 {
            if left & 1 == 1 { result = result * base }
            left >>= 1
            if left > 0 { base = base * base }
        }
        guard result.bitWidth <= JinjaLimits.integerBits else { throw tooLarge() }
        return result.value(&arena)
    }

    private mutating func powerOfDoubles(_ x: Double, _ y: Double) throws(Fault) -> Value {
        if x == 0 && y < 0 {
            throw fault(.zeroDivision, "0.0 cannot be raised to a negative power")
        }
        if x < 0 && x.isFinite && y.isFinite && y != y.rounded() {
            throw fault(.value, "a negative number has no real power with a fraction")
        }
        let result = PowerFunction.power(x, y)
        guard result.isFinite || !x.isFinite || !y.isFinite else {
            throw fault(.overflow, "the result of '**' is too large")
        }
        return Value(result)
    }
}
