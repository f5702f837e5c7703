/// IP addresses as text: every spelling that is dialled is read, one is written.
enum IPAddressText {
    /// Reads an IPv4 address in any of the forms of `inet_aton`, which libcurl dials too: one to
    /// four numbers, decimal, octal with a leading 0 or hexadecimal with 0x; the last one fills
    /// what is left of the 32 bits.
    ///
    /// - Returns: The address in host byte order; nil for what is a name.
    @inline(__always)
    static func v4(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> UInt32? {
        guard let first = range.first,
            unsafe (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[first])
        else { return nil }
        return unsafe numbers(bytes, range)
    }

    @inline(never)
    private static func numbers(
        _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>
    ) -> UInt32? {
        var address: UInt64 = 0
        var count = 0
        var index = range.lowerBound
        while true {
            guard let (value, end) = unsafe number(bytes, index..<range.upperBound) else {
                return nil
            }
            count += 1
            index = end
            if index == range.upperBound {
                let bits = UInt64(32 - 8 * (count - 1))
                guard value >> bits == 0 else { return nil }
                return UInt32(address << bits | value)
            }
            guard unsafe bytes[index] == UInt8(ascii: "."), count < 4, value < 256 else {
                return nil
            }
            address = address << 8 | value
            index += 1
        }
    }

    /// One number of at most 32 bits and where it ends.
    private static func number(
        _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>
    ) -> (UInt64, end: Int)? {
        var index = range.lowerBound
        var base: UInt64 = 10
        if index < range.upperBound, unsafe bytes[index] == UInt8(ascii: "0") {
            base = 8
            if index + 2 < range.upperBound, unsafe bytes[index + 1] | 0x20 == UInt8(ascii: "x"),
                unsafe hexadecimal(bytes[index + 2]) != nil
            {
                base = 16
                index += 2
            }
        }
        var value: UInt64 = 0
        let start = index
        while index < range.upperBound, let digit = unsafe hexadecimal(bytes[index]), digit < base {
            value = value * base + digit
            guard value <= UInt64(UInt32.max) else { return nil }
            index += 1
        }
        return index > start ? (value, index) : nil
    }

    /// Reads an IPv6 address (RFC 4291, section 2.2), also one whose end is written as IPv4.
    ///
    /// - Returns: The halves in host byte order; nil for what is none.
    static func v6(
        _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>
    ) -> (high: UInt64, low: UInt64)? {
        var groups = Groups()
        var gap: Int?
        var index = range.lowerBound
        if range.count >= 2, unsafe bytes[index] == UInt8(ascii: ":") {
            guard unsafe bytes[index + 1] == UInt8(ascii: ":") else { return nil }
            gap = 0
            index += 2
        }
        while index < range.upperBound {
            let start = index
            var value: UInt64 = 0
            while index < range.upperBound, let digit = unsafe hexadecimal(bytes[index]) {
                value = value << 4 | digit
                index += 1
                guard index - start <= 4 else { return nil }
            }
            if index < range.upperBound, unsafe bytes[index] == UInt8(ascii: ".") {
                guard let v4 = unsafe quad(bytes, start..<range.upperBound),
                    groups.append(UInt64(v4 >> 16)), groups.append(UInt64(v4 & 0xFFFF))
                else { return nil }
                break
            }
            guard index > start, groups.append(value) else { return nil }
            guard index < range.upperBound else { break }
            guard unsafe bytes[index] == UInt8(ascii: ":") else { return nil }
            index += 1
            guard index < range.upperBound else { return nil }
            if unsafe bytes[index] == UInt8(ascii: ":") {
                guard gap == nil else { return nil }
                gap = groups.count
                index += 1
            }
        }
        return groups.spread(at: gap)
    }

    /// Four decimal numbers without leading zeros.
    private static func quad(
        _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>
    ) -> UInt32? {
        var address: UInt32 = 0
        var parts = 1
        var digits = 0
        var value: UInt32 = 0
        for index in range {
            let byte = unsafe bytes[index]
            if byte == UInt8(ascii: ".") {
                guard digits > 0, parts < 4 else { return nil }
                address = address << 8 | value
                (parts, digits, value) = (parts + 1, 0, 0)
                continue
            }
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10, digits == 0 || value > 0 else { return nil }
            value = value * 10 + UInt32(digit)
            digits += 1
            guard value < 256 else { return nil }
        }
        return parts == 4 && digits > 0 ? address << 8 | value : nil
    }

    /// The groups of an IPv6 address, shifted in from the right.
    private struct Groups {
        private var high: UInt64 = 0
        private var low: UInt64 = 0
        private(set) var count = 0

        mutating func append(_ group: UInt64) -> Bool {
            guard count < 8 else { return false }
            high = high << 16 | low >> 48
            low = low << 16 | group
            count += 1
            return true
        }

        /// The whole address, with zeros where the gap is.
        func spread(at gap: Int?) -> (high: UInt64, low: UInt64)? {
            guard let gap else { return count == 8 ? (high, low) : nil }
            guard count < 8 else { return nil }
            // What stands before the gap goes to the left by the groups that are left out.
            let tail = 16 * (count - gap)
            let all = UInt128(high) << 64 | UInt128(low)
            let last = all & (UInt128(1) << UInt128(tail) - 1)
            let moved = (all >> UInt128(tail)) << UInt128(tail + 16 * (8 - count)) | last
            return (UInt64(moved >> 64), UInt64(truncatingIfNeeded: moved))
        }
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    // MARK: Writing

    /// Writes an IPv4 address as four decimal numbers.
    static func write(v4 address: UInt32, _ put: (UInt8) -> Void) {
        for shift in stride(from: UInt32(24), through: 0, by: -8) {
            writeNumber(address >> shift & 0xFF, base: 10, put)
            if shift > 0 { put(UInt8(ascii: ".")) }
        }
    }

    /// Writes an IPv6 address in the form of RFC 5952, all groups in hexadecimal.
    static func write(high: UInt64, low: UInt64, _ put: (UInt8) -> Void) {
        func group(_ index: Int) -> UInt32 {
            UInt32((index < 4 ? high : low) >> UInt64(48 - 16 * (index % 4)) & 0xFFFF)
        }
        // The first of the longest runs of at least two groups of zeros.
        var gap = 0..<0
        var start = 0
        for index in 0..<8 {
            if group(index) != 0 {
                start = index + 1
            } else if index + 1 - start > max(1, gap.count) {
                gap = start..<index + 1
            }
        }
        var index = 0
        while index < 8 {
            if index == gap.lowerBound, !gap.isEmpty {
                put(UInt8(ascii: ":"))
                put(UInt8(ascii: ":"))
                index = gap.upperBound
                continue
            }
            if index > 0, index != gap.upperBound || gap.isEmpty { put(UInt8(ascii: ":")) }
            writeNumber(group(index), base: 16, put)
            index += 1
        }
    }

    /// Writes a number without leading zeros.
    private static func writeNumber(_ value: UInt32, base: UInt32, _ put: (UInt8) -> Void) {
        if value >= base { writeNumber(value / base, base: base, put) }
        let digit = UInt8(value % base)
        put(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
    }
}
