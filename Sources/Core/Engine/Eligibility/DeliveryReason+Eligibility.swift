/// The reasons for which a user may not be sent to, as bits of a table's entry.
extension DeliveryReason {
    /// The bit of a reason that an `EligibilityTable` can hold, `nil` for any other.
    ///
    /// Of several the lowest is reported: what lasts comes before what passes.
    var eligibilityBit: UInt64? {
        switch self {
        case .userDeleted: 1
        case .suppressed: 2
        case .noConsent: 4
        case .noEndpoint: 8
        case .quotaExceeded: 16
        case .stopped: 32
        default: nil
        }
    }

    /// The first of the reasons in a set; `nil` when it is empty.
    @inline(__always)
    init?(eligibilityBits bits: UInt64) {
        switch bits.trailingZeroBitCount {
        case 0: self = .userDeleted
        case 1: self = .suppressed
        case 2: self = .noConsent
        case 3: self = .noEndpoint
        case 4: self = .quotaExceeded
        case 5: self = .stopped
        default: return nil
        }
    }
}
