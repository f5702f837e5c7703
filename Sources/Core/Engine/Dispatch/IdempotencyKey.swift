package import Jinja

/// The key that stays the same over every attempt of one delivery.
///
/// `<campaign>-<ordinal>`, and `-r<generation>` behind it once a person asked for the delivery to
/// be sent anew, so that a receiver does not take the resend for a repetition. A campaign has one
/// SEND node, and a recipient one endpoint: neither is in it. It is derived, never stored. It has
/// no dot, which Standard Webhooks keeps for its signed text.
///
/// As short as can be: libcurl formats header lines byte by byte, some hundred instructions each.
package enum IdempotencyKey {
    /// The header that carries it, as Standard Webhooks 1.0.0 names it.
    package static let headerName = "webhook-id"

    /// What all keys of a campaign begin with.
    package static func prefix(campaign: CampaignID) -> [UInt8] {
        Array("\(campaign)-".utf8)
    }

    /// Writes the rest of a key behind its prefix.
    package static func appendRest(
        ordinal: Ordinal, generation: UInt8, to buffer: inout ByteBuffer
    ) {
        appendDecimal(ordinal.rawValue, to: &buffer)
        guard generation > 0 else { return }
        buffer.append(UInt8(ascii: "-"))
        buffer.append(UInt8(ascii: "r"))
        appendDecimal(UInt64(generation), to: &buffer)
    }

    /// The whole key, for people.
    package static func text(
        campaign: CampaignID, ordinal: Ordinal, generation: UInt8
    ) -> String {
        "\(campaign)-\(ordinal.rawValue)" + (generation > 0 ? "-r\(generation)" : "")
    }

    private static func appendDecimal(_ value: UInt64, to buffer: inout ByteBuffer) {
        if value >= 10 { appendDecimal(value / 10, to: &buffer) }
        buffer.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10))
    }
}
