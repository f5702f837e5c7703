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

    /// Writes the rest of a key behind its prefix.
    package static func appendRest(
        ordinal: Ordinal, send: SendNumber = .first, generation: UInt8,
        to buffer: inout ByteBuffer
    ) {
        appendDecimal(ordinal.rawValue, to: &buffer)
        if send != .first { append("s", UInt64(send.rawValue), to: &buffer) }
        if generation > 0 { append("r", UInt64(generation), to: &buffer) }
    }

    private static func append(
        _ letter: Unicode.Scalar, _ number: UInt64, to buffer: inout ByteBuffer
    ) {
        buffer.append(UInt8(ascii: "-"))
        buffer.append(UInt8(ascii: letter))
        appendDecimal(number, to: &buffer)
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

    private static func appendDecimal(_ value: UInt64, to buffer: inout ByteBuffer) {
        if value >= 10 { appendDecimal(value / 10, to: &buffer) }
        buffer.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10))
    }
}
