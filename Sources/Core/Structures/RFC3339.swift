/// Times of RFC 3339, read from bytes without an allocation.
package enum RFC3339 {
    /// The Unix time in milliseconds; nil for anything that is not an RFC 3339 date-time.
    ///
    /// Years are 1 to 9999. Finer fractions than a millisecond are cut off. Leap seconds, which
    /// Unix time does not have, are refused.
    package static func milliseconds(_ text: String) -> Int64? {
        var text = text
        return text.withUTF8 { unsafe milliseconds(UnsafeRawBufferPointer($0)) }
    }

    /// The same of a text's bytes.
    package static func milliseconds(_ text: UnsafeRawBufferPointer) -> Int64? {
        var reader = unsafe Reader(text: text)
        guard let year = reader.number(4), year > 0, reader.take("-"),
            let month = reader.number(2), 1...12 ~= month, reader.take("-"),
            let day = reader.number(2), 1...days(month, year) ~= day,
            reader.take("T") || reader.take("t"),
            let hour = reader.number(2), hour < 24, reader.take(":"),
            let minute = reader.number(2), minute < 60, reader.take(":"),
            let second = reader.number(2), second < 60,
            let fraction = reader.fraction(), let offset = reader.offsetMinutes(),
            reader.place == text.count
        else { return nil }
        let minutes = (daysSinceEpoch(year, month, day) * 24 + hour) * 60 + minute - offset
        return Int64((minutes * 60 + second) * 1_000 + fraction)
    }

    private static func days(_ month: Int, _ year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Counts days in years that start in March, so that a leap day is the last of its year.
    ///
    /// Source: https://howardhinnant.github.io/date_algorithms.html#days_from_civil.
    private static func daysSinceEpoch(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let marchYear = month > 2 ? year : year - 1
        let era = marchYear / 400
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    // SAFETY: every access is checked against the count; the text outlives the reader, which lives
    // for one call.
    @safe
    private struct Reader {
        let text: UnsafeRawBufferPointer
        var place = 0

        init(text: UnsafeRawBufferPointer) { unsafe self.text = unsafe text }

        private var next: UInt8? { unsafe place < text.count ? text[place] : nil }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard next == UInt8(ascii: character) else { return false }
            place += 1
            return true
        }

        mutating func number(_ digits: Int) -> Int? {
            var value = 0
            for _ in 0..<digits {
                guard let byte = next, 0x30...0x39 ~= byte else { return nil }
                value = value * 10 + Int(byte - 0x30)
                place += 1
            }
            return value
        }

        /// The milliseconds after a point, 0 without one.
        mutating func fraction() -> Int? {
            guard take(".") else { return 0 }
            var value = 0
            var digits = 0
            while let digit = number(1) {
                if digits < 3 { value = value * 10 + digit }
                digits += 1
            }
            guard digits > 0 else { return nil }
            for _ in min(digits, 3)..<3 { value *= 10 }
            return value
        }

        mutating func offsetMinutes() -> Int? {
            if take("Z") || take("z") { return 0 }
            let isWest = next == UInt8(ascii: "-")
            guard take("+") || take("-"), let hours = number(2), hours < 24, take(":"),
                let minutes = number(2), minutes < 60
            else { return nil }
            return (hours * 60 + minutes) * (isWest ? -1 : 1)
        }
    }
}
