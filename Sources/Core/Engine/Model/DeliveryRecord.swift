/// The 24 bytes that say what happened to one recipient.
///
/// The same bytes lie in the flight journal while a page is active and in the store after; integers
/// are little-endian. A zeroed record is a fresh one: pending, never attempted.
///
/// | offset | bytes | field |
/// |---|---|---|
/// | 0 | 1 | status |
/// | 1 | 1 | reason |
/// | 2 | 1 | attempts, saturating at 255 |
/// | 3 | 1 | generation: how often a person asked for it to be sent anew |
/// | 4 | 2 | code: HTTP status, or the transport's own |
/// | 6 | 2 | flags |
/// | 8 | 8 | time, Unix milliseconds |
/// | 16 | 4 | latency of the last attempt, microseconds |
/// | 20 | 4 | bytes of the rendered body |
package struct DeliveryRecord: Equatable, Sendable, BitwiseCopyable {
    @usableFromInline var statusByte: UInt8 = 0
    @usableFromInline var reasonByte: UInt8 = 0
    /// Attempts begun, this one included; saturates at 255.
    package var attempts: UInt8 = 0
    /// 0 for the first sending; each deliberate resend adds one and so changes the key.
    package var generation: UInt8 = 0
    /// The HTTP status when the reason is `httpStatus`, else the transport's own code.
    package var code: UInt16 = 0
    /// Marks beside the status.
    package var flags: Flags = []
    /// When it ended; for a pending delivery the time before which it must not be tried again.
    package var timeMilliseconds: Int64 = 0
    /// How long the last attempt was on the wire.
    package var latencyMicroseconds: UInt32 = 0
    /// Bytes of the body of the last attempt.
    package var bodyBytes: UInt32 = 0

    /// Makes a fresh record: pending, never attempted.
    package init() {}

    /// Marks beside the status.
    package struct Flags: OptionSet, Sendable, BitwiseCopyable {
        /// The bits as they are stored.
        package let rawValue: UInt16

        /// Takes stored bits as they are.
        @inlinable package init(rawValue: UInt16) { self.rawValue = rawValue }

        /// An attempt may have arrived though no answer said so.
        package static let unsure = Flags(rawValue: 1)
    }

    /// The status; a byte outside the vocabulary reads as `pending` only after `isValid` was
    /// checked.
    @inlinable package var status: DeliveryStatus {
        get { DeliveryStatus(rawValue: statusByte) ?? .pending }
        set { statusByte = newValue.rawValue }
    }

    /// Why the status is what it is; a byte outside the vocabulary reads as `none`.
    @inlinable package var reason: DeliveryReason {
        get { DeliveryReason(rawValue: reasonByte) ?? .none }
        set { reasonByte = newValue.rawValue }
    }

    /// Whether both enumerations hold a known value.
    package var isValid: Bool {
        DeliveryStatus(rawValue: statusByte) != nil && DeliveryReason(rawValue: reasonByte) != nil
    }
}
