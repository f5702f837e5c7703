/// A campaign's identity: 128 random bits, written as 32 lower-case hexadecimal digits.
package struct CampaignID: Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Draws an identity from a generator.
    package init(using generator: inout some RandomNumberGenerator) {
        self.init(high: generator.next(), low: generator.next())
    }

    /// Reads 32 hexadecimal digits; `nil` for anything else.
    package init?(_ text: String) {
        guard text.utf8.count == 32,
            let high = UInt64(text.prefix(16), radix: 16),
            let low = UInt64(text.suffix(16), radix: 16)
        else { return nil }
        self.init(high: high, low: low)
    }

    package var description: String {
        func digits(_ value: UInt64) -> String {
            let text = String(value, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }
        return digits(high) + digits(low)
    }
}

/// A page's place in its campaign's audience, from 0.
package struct PageIndex: Hashable, Comparable, Sendable, BitwiseCopyable {
    package let rawValue: UInt32

    @inlinable package init(_ rawValue: UInt32) { self.rawValue = rawValue }

    @inlinable package static func < (left: Self, right: Self) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// A recipient's number in its campaign: page × 1,024 + place in the page.
///
/// A page may be short, so ordinals may have holes; they are identities, not a count.
package struct Ordinal: Hashable, Sendable, BitwiseCopyable {
    package let rawValue: UInt64

    @inlinable package init(_ rawValue: UInt64) { self.rawValue = rawValue }

    @inlinable package init(page: PageIndex, index: Int) {
        rawValue = UInt64(page.rawValue) &* UInt64(PageLayout.recipientsMax) &+ UInt64(index)
    }

    package var page: PageIndex {
        PageIndex(UInt32(rawValue / UInt64(PageLayout.recipientsMax)))
    }

    package var index: Int { Int(rawValue % UInt64(PageLayout.recipientsMax)) }
}

/// A campaign's place in the tables of a running process; the same on every shard.
package struct CampaignSlot: Hashable, Sendable, BitwiseCopyable {
    package let rawValue: UInt16

    @inlinable package init(_ rawValue: UInt16) { self.rawValue = rawValue }
}

/// A request on its way, as the dispatcher and the transport name it to each other.
package struct FlightID: Hashable, Sendable, BitwiseCopyable {
    package let rawValue: UInt32

    @inlinable package init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

/// A destination that a transport has prepared.
package struct TargetID: Hashable, Sendable, BitwiseCopyable {
    package let rawValue: UInt16

    @inlinable package init(_ rawValue: UInt16) { self.rawValue = rawValue }
}
