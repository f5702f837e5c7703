/// A campaign's identity: 128 random bits, written as 22 digits of base 62.
///
/// Short, because it is in the idempotency key of every send, and of letters and digits alone, so
/// that it can stand in a path, a file name or a command line. `0-9`, `A-Z`, `a-z` in this order:
/// the texts sort as the numbers do.
package struct CampaignID: Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
    private static let digits = Array(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
    private static let digitCount = 22

    /// The upper 64 bits.
    package let high: UInt64
    /// The lower 64 bits.
    package let low: UInt64

    /// Puts an identity together from its halves.
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Draws an identity from a generator.
    package init(using generator: inout some RandomNumberGenerator) {
        self.init(high: generator.next(), low: generator.next())
    }

    /// Reads 22 digits of base 62; `nil` for anything else.
    package init?(_ text: String) {
        guard text.utf8.count == Self.digitCount else { return nil }
        var value: UInt128 = 0
        for byte in text.utf8 {
            guard let digit = Self.digits.firstIndex(of: byte) else { return nil }
            let (shifted, multiplyOverflow) = value.multipliedReportingOverflow(by: 62)
            let (sum, addOverflow) = shifted.addingReportingOverflow(UInt128(digit))
            guard !multiplyOverflow, !addOverflow else { return nil }
            value = sum
        }
        self.init(high: UInt64(value >> 64), low: UInt64(truncatingIfNeeded: value))
    }

    /// The 22 digits.
    package var description: String {
        var rest = UInt128(high) << 64 | UInt128(low)
        var text: [UInt8] = []
        for _ in 0..<Self.digitCount {
            text.append(Self.digits[Int(rest % 62)])
            rest /= 62
        }
        return String(decoding: text.reversed(), as: UTF8.self)
    }
}

/// The number of a send in its campaign; one that sends a single message has send 0 alone.
package struct SendNumber: Hashable, Sendable, BitwiseCopyable {
    /// The first send, and the only one of most campaigns.
    package static let first = SendNumber(rawValue: 0)

    /// The number, 0 to 99.
    package let rawValue: UInt8

    private init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Takes a number; `nil` outside 0 to `EngineLimits.sendsPerCampaignMax` − 1.
    package init?(_ number: some BinaryInteger) {
        guard number >= 0, number < EngineLimits.sendsPerCampaignMax else { return nil }
        self.init(rawValue: UInt8(truncatingIfNeeded: number))
    }
}

/// A page of a campaign: the send that its deliveries belong to, and its number among the pages of
/// that send.
package struct PageID: Hashable, Sendable, BitwiseCopyable {
    /// The send that the deliveries of the page belong to.
    package let send: SendNumber
    /// The page's number among those of the send.
    package let index: PageIndex

    /// Names a page.
    ///
    /// - Parameters:
    ///   - index: Its number among the pages of the send.
    ///   - send: The send; the first if none is given.
    package init(_ index: PageIndex, of send: SendNumber = .first) {
        self.send = send
        self.index = index
    }
}

/// A page's number among those of its send, from 0.
package struct PageIndex: Hashable, Comparable, Sendable, BitwiseCopyable {
    /// The number.
    package let rawValue: UInt32

    /// Names the page with a number.
    @inlinable package init(_ rawValue: UInt32) { self.rawValue = rawValue }

    @inlinable package static func < (left: Self, right: Self) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// A recipient's number in its campaign: page × 1,024 + place in the page, unless its page brings
/// other numbers.
///
/// A page may be short, so ordinals may have holes; they are identities, not a count.
package struct Ordinal: Hashable, Sendable, BitwiseCopyable {
    /// The number.
    package let rawValue: UInt64

    /// Takes a number as it is.
    @inlinable package init(_ rawValue: UInt64) { self.rawValue = rawValue }

    /// Numbers a recipient by page and place.
    @inlinable package init(page: PageIndex, index: Int) {
        rawValue = UInt64(page.rawValue) &* UInt64(PageLayout.recipientsMax) &+ UInt64(index)
    }

    /// The page, of a recipient that is numbered by page and place.
    package var page: PageIndex {
        PageIndex(UInt32(rawValue / UInt64(PageLayout.recipientsMax)))
    }

    /// The place in the page, of such a recipient.
    package var index: Int { Int(rawValue % UInt64(PageLayout.recipientsMax)) }
}

/// A run's place in the tables of a running process; the same on every shard.
///
/// Each send of a campaign has a run of its own.
package struct SendSlot: Hashable, Sendable, BitwiseCopyable {
    /// The index into the tables.
    package let rawValue: UInt16

    /// Names the place with an index.
    @inlinable package init(_ rawValue: UInt16) { self.rawValue = rawValue }
}

/// A request on its way, as the dispatcher and the transport name it to each other.
package struct FlightID: Hashable, Sendable, BitwiseCopyable {
    /// The index of the flight on its shard.
    package let rawValue: UInt32

    /// Names the flight with an index.
    @inlinable package init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

/// A destination that a transport has prepared.
package struct TargetID: Hashable, Sendable, BitwiseCopyable {
    /// What the transport calls it.
    package let rawValue: UInt16

    /// Takes what the transport calls it.
    @inlinable package init(_ rawValue: UInt16) { self.rawValue = rawValue }
}
