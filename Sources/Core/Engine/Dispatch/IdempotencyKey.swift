package import Jinja

/// The key that stays the same over every attempt of one delivery.
///
/// `<campaign>-<ordinal>[-s<send>][-r<generation>]`: the send for every one but a campaign's first,
/// and the generation once a person asked for the delivery to be sent anew, so that a receiver does
/// not take the resend for a repetition. A recipient has one endpoint, which is not in it. It is
/// derived, never stored. It has no dot, which Standard Webhooks keeps for its signed text.
///
/// As short as can be: libcurl formats header lines byte by byte, some hundred instructions each.
package enum IdempotencyKey {
    /// What all keys of a campaign begin with.
    package static func prefix(campaign: CampaignID) -> [UInt8] {
        Array("\(campaign)-".utf8)
    }

    /// Bytes of a key behind its prefix, at most: three numbers, two of them with two characters.
    private static let restBytesMax = 20 + 2 + 2 + 2 + 3

    /// Appends a key as the value of a header field.
    ///
    /// In one go: each call of another module's buffer costs more than a key's digits.
    ///
    /// - Parameters:
    ///   - prefix: What all keys of the campaign begin with.
    ///   - ordinal: The recipient.
    ///   - send: Which of the campaign's sends.
    ///   - generation: 0 for the first sending.
    ///   - buffer: Where it is appended.
    @inline(__always)
    package static func appendValue(
        prefix: [UInt8], ordinal: Ordinal, send: SendNumber, generation: UInt8,
        to buffer: inout ByteBuffer
    ) {
        unsafe buffer.appendFieldValue(atMost: prefix.count + restBytesMax) { start in
            unsafe prefix.withUnsafeBufferPointer { prefix in
                guard let bytes = prefix.baseAddress else { return }
                unsafe start.update(from: bytes, count: prefix.count)
            }
            var end = unsafe start + prefix.count
            unsafe write(ordinal.rawValue, to: &end)
            if send != .first { unsafe write("s", UInt64(send.rawValue), to: &end) }
            if generation > 0 { unsafe write("r", UInt64(generation), to: &end) }
            return unsafe end - start
        }
    }

    private static func write(
        _ letter: Unicode.Scalar, _ number: UInt64, to end: inout UnsafeMutablePointer<UInt8>
    ) {
        unsafe end[0] = UInt8(ascii: "-")
        unsafe end[1] = UInt8(ascii: letter)
        unsafe end += 2
        unsafe write(number, to: &end)
    }

    /// Writes a decimal number, and goes behind it.
    @inline(__always)
    private static func write(_ number: UInt64, to end: inout UnsafeMutablePointer<UInt8>) {
        var digits = 1
        var rest = number
        while rest >= 10 {
            rest /= 10
            digits &+= 1
        }
        rest = number
        var place = digits
        while place > 0 {
            place &-= 1
            unsafe end[place] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        unsafe end += digits
    }

    /// The whole key, for people.
    ///
    /// - Parameters:
    ///   - campaign: The campaign's id, or the text of it.
    ///   - ordinal: The recipient.
    ///   - send: Which of the campaign's sends.
    ///   - generation: 0 for the first sending.
    /// - Returns: The text that the header field carries.
    package static func text(
        campaign: some CustomStringConvertible, ordinal: Ordinal, send: SendNumber = .first,
        generation: UInt8
    ) -> String {
        "\(campaign)-\(ordinal.rawValue)" + (send != .first ? "-s\(send.rawValue)" : "")
            + (generation > 0 ? "-r\(generation)" : "")
    }
}
