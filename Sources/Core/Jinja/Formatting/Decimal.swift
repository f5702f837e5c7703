/// Writes integers as decimal digits.
enum Decimal {
    private static let pairs: StaticString = """
        00010203040506070809101112131415161718192021222324252627282930313233343536373839\
        40414243444546474849505152535455565758596061626364656667686970717273747576777879\
        8081828384858687888990919293949596979899
        """

    @inline(__always)
    static func append(_ value: Int, to out: inout ByteBuffer) {
        if value >= 0 && value < 10 {
            out.append(UInt8(truncatingIfNeeded: value) &+ 0x30)
            return
        }
        if value < 0 { out.append(UInt8(ascii: "-")) }
        append(UInt64(value.magnitude), to: &out)
    }

    static func append(_ value: UInt64, to out: inout ByteBuffer) {
        let digits = count(value)
        unsafe out.append(atMost: digits) { start in
            unsafe write(value, digits, at: start)
            return digits
        }
    }

    /// Writes exactly `digits` digits, with zeros in front.
    @unsafe
    @inline(__always)
    static func write(_ value: UInt64, _ digits: Int, at start: UnsafeMutablePointer<UInt8>) {
        var rest = value
        var i = digits
        let table = unsafe pairs.utf8Start
        while i >= 2 {
            let pair = Int(rest % 100)
            rest /= 100
            i &-= 2
            unsafe start[i] = table[pair &* 2]
            unsafe start[i &+ 1] = table[pair &* 2 &+ 1]
        }
        if i == 1 { unsafe start[0] = UInt8(truncatingIfNeeded: rest % 10) &+ 0x30 }
    }

    /// The number of decimal digits.
    @inline(__always)
    static func count(_ value: UInt64) -> Int {
        var n = 1
        var rest = value
        while rest >= 10_000 {
            rest /= 10_000
            n &+= 4
        }
        return rest >= 1000 ? n &+ 3 : rest >= 100 ? n &+ 2 : rest >= 10 ? n &+ 1 : n
    }
}
