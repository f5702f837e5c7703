/// `x ** y` for doubles, in double-double arithmetic so that the last bit comes out right.
enum PowerFunction {
    /// An unevaluated sum of two doubles, the second one much smaller.
    private struct Pair {
        var high: Double
        var low: Double

        init(_ high: Double, _ low: Double = 0) {
            self.high = high
            self.low = low
        }

        static func sum(_ a: Double, _ b: Double) -> Pair {
            let s = a + b
            let t = s - a
            return Pair(s, (a - (s - t)) + (b - t))
        }

        static func * (a: Pair, b: Pair) -> Pair {
            let p = a.high * b.high
            let e = (-p).addingProduct(a.high, b.high) + (a.high * b.low + a.low * b.high)
            return sum(p, e)
        }

        static func + (a: Pair, b: Pair) -> Pair {
            let s = sum(a.high, b.high)
            return sum(s.high, s.low + a.low + b.low)
        }

        static func / (a: Pair, b: Pair) -> Pair {
            let q = a.high / b.high
            let r = a + b * Pair(-q)
            return sum(q, r.high / b.high)
        }
    }

    static func power(_ x: Double, _ y: Double) -> Double {
        if y == 0 || x == 1 { return 1 }
        if x.isNaN || y.isNaN { return .nan }
        let isWhole = y == y.rounded()
        let isOdd = isWhole && y.magnitude < 9e15 && Int(y) % 2 != 0
        if x == 0 || x.isInfinite {
            let grows = (x == 0) == (y < 0)
            let size = grows ? Double.infinity : 0
            return x.sign == .minus && isOdd ? -size : size
        }
        if y.isInfinite {
            if x == -1 { return 1 }
            return (x.magnitude > 1) == (y > 0) ? .infinity : 0
        }
        if y == 0.5 { return x.squareRoot() }
        if isWhole && y.magnitude <= 1024 { return wholePower(x, Int(y)) }
        let result = exponential(logarithm(x.magnitude) * Pair(y))
        return x < 0 && isOdd ? -result : result
    }

    private static func wholePower(_ x: Double, _ n: Int) -> Double {
        var base = Pair(x)
        var result = Pair(1)
        var left = n.magnitude
        while left > 0 {
            if left & 1 == 1 { result = result * base }
            left >>= 1
            if left > 0 { base = base * base }
        }
        if n < 0 {
            guard result.high.isFinite && result.high != 0 else { return 1 / result.high }
            result = Pair(1) / result
        }
        // Overflow makes the low part meaningless.
        return result.high.isFinite && result.low.isFinite ? result.high + result.low : result.high
    }

    private static let ln2 = Pair(0.693_147_180_559_945_3, 2.319_046_813_846_299_6e-17)

    /// The natural logarithm of a positive number.
    private static func logarithm(_ x: Double) -> Pair {
        var exponent = Double(x.exponent)
        var m = x.significand
        if m > 1.414_213_562_373_095_1 {
            m /= 2
            exponent += 1
        }
        // ln m = 2 artanh((m - 1) / (m + 1)), with the argument below 0.172.
        let z = Pair(m - 1) / Pair.sum(m, 1)
        let square = z * z
        var term = z
        var sum = z
        var n = 3.0
        while n < 50 {
            term = term * square
            sum = sum + term / Pair(n)
            n += 2
        }
        return sum + sum + ln2 * Pair(exponent)
    }

    private static func exponential(_ x: Pair) -> Double {
        if x.high > 710 { return .infinity }
        if x.high < -750 { return 0 }
        let shift = (x.high / ln2.high).rounded()
        // The rest is halved eight times, so that a dozen terms are enough.
        let rest = (x + ln2 * Pair(-shift)) * Pair(1.0 / 256)
        var term = Pair(1)
        var sum = Pair(1)
        var n = 1.0
        while n < 14 {
            term = term * rest / Pair(n)
            sum = sum + term
            n += 1
        }
        for _ in 0..<8 { sum = sum * sum }
        let value = sum.high + sum.low
        return Double(sign: .plus, exponent: Int(shift) / 2, significand: value)
            * Double(sign: .plus, exponent: Int(shift) - Int(shift) / 2, significand: 1)
    }
}
