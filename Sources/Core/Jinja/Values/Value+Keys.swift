extension Value {
    /// Whether both are the same key of a dict: 1, 1.0 and true are one key.
    func isSameKey(as other: Value) -> Bool {
        if tag == .string || other.tag == .string {
            return tag == other.tag && text == other.text
        }
        if isNumber && other.isNumber { return Value.numbersEqual(self, other) }
        if tag == .tuple && other.tag == .tuple {
            let a = ListObject(self)
            let b = ListObject(other)
            guard a.count == b.count else { return false }
            for i in 0..<a.count where !a[i].isSameKey(as: b[i]) { return false }
            return true
        }
        return isIdentical(to: other)
    }

    /// Equality of two numbers of any kind, without rounding.
    static func numbersEqual(_ a: Value, _ b: Value) -> Bool {
        if let x = a.exactDouble, let y = b.exactDouble { return x == y }
        if a.tag == .float || b.tag == .float {
            let number = a.tag == .float ? a.float : b.float
            let other = a.tag == .float ? b : a
            guard number.isFinite && number == number.rounded() else { return false }
            if other.tag == .bigInt { return BigInt(number) == BigInt(other) }
            return Int(exactly: number) == other.int
        }
        if a.tag == .bigInt || b.tag == .bigInt {
            return a.tag == b.tag && BigInt(a) == BigInt(b)
        }
        return a.int == b.int
    }

    /// The number as a double, where that loses nothing.
    @inline(__always)
    var exactDouble: Double? {
        if tag == .float { return float }
        guard tag == .int || tag == .bool, int.magnitude <= 1 << 53 else { return nil }
        return Double(int)
    }

    /// Whether a number is the smaller one; not a number is smaller than nothing.
    static func numbersLess(_ a: Value, _ b: Value) -> Bool {
        if let x = a.exactDouble, let y = b.exactDouble { return x < y }
        if a.tag == .float {
            guard a.float.isFinite else { return a.float < 0 && !a.float.isNaN }
            let floor = a.float.rounded(.down)
            // Compared as integers: a < n exactly where floor(a) < n.
            return BigInt(floor) < BigInt(b)
        }
        if b.tag == .float {
            guard b.float.isFinite else { return b.float > 0 }
            return BigInt(a) < BigInt(b.float.rounded(.up))
        }
        if a.tag == .bigInt || b.tag == .bigInt { return BigInt(a) < BigInt(b) }
        return a.int < b.int
    }
}

extension Machine {
    /// Whether a value may be a key of a dict.
    func isHashable(_ value: Value) -> Bool {
        switch value.tag {
        case .list, .dict, .view, .namespace: return false
        case .tuple:
            let list = ListObject(value)
            for i in 0..<list.count where !isHashable(list[i]) { return false }
            return true
        default: return true
        }
    }

    /// The hash of a key: equal keys have equal hashes.
    mutating func hash(_ value: Value) throws(Fault) -> UInt32 {
        switch value.tag {
        case .string: return value.text.hash
        case .int, .bool: return Machine.mix(value.bits)
        case .float:
            if let whole = Int(exactly: value.float) {
                return Machine.mix(UInt64(bitPattern: Int64(whole)))
            }
            return value.float == value.float.rounded() && value.float.isFinite
                ? 7 : Machine.mix(value.bits)
        case .bigInt: return 7
        case .tuple:
            var hash: UInt32 = 17
            let list = ListObject(value)
            for i in 0..<list.count { hash = hash &* 31 &+ (try self.hash(list[i])) }
            return hash
        case .list, .dict, .view, .namespace:
            throw fault(.type, "a value of type '\(typeName(value))' cannot be a key")
        case .undefined:
            if isStrict(value) { throw undefinedFault(value) }
            return 3
        default: return Machine.mix(value.bits)
        }
    }

    private static func mix(_ bits: UInt64) -> UInt32 {
        let product = bits &* 0x9E37_79B9_7F4A_7C15
        return UInt32(truncatingIfNeeded: product >> 32)
    }
}
