/// Where one message to one recipient stands.
///
/// ```
///            admitted            accepted
///  pending ──────────▶ inFlight ──────────▶ sent
///     ▲                   │ refused for good, or attempts used up
///     │ retry             ├───────────────▶ failed
///     └───────────────────┤ left, and no answer says what happened
///                         └───────────────▶ unknown
///  pending ── not eligible, or without an address ──▶ skipped
/// ```
///
/// Raw values are stored; never reuse one.
package enum DeliveryStatus: UInt8, CaseIterable, Sendable {
    /// To be sent, now or at the record's time.
    case pending = 0
    /// Handed to the transport, no outcome yet. Only journals hold it: stores never do.
    case inFlight = 1
    case sent = 2
    case failed = 3
    case skipped = 4
    /// It left, and whether it arrived is not known.
    case unknown = 5
    /// A later row of a user id that the audience holds already: not a recipient.
    case duplicate = 6

    /// Whether nothing more happens to the delivery by itself.
    @inlinable package var isEnded: Bool {
        switch self {
        case .pending, .inFlight: false
        case .sent, .failed, .skipped, .unknown, .duplicate: true
        }
    }

    /// The word that reports and filters use.
    package var name: String {
        switch self {
        case .pending: "pending"
        case .inFlight: "in_flight"
        case .sent: "sent"
        case .failed: "failed"
        case .skipped: "skipped"
        case .unknown: "unknown"
        case .duplicate: "duplicate"
        }
    }
}

/// Why a delivery is where it is.
///
/// Raw values are stored; never reuse one.
package enum DeliveryReason: UInt8, CaseIterable, Sendable {
    case none = 0
    /// The provider answered; the record's code is the HTTP status.
    case httpStatus = 1
    case resolveFailed = 2
    case connectFailed = 3
    case tlsFailed = 4
    case timedOut = 5
    /// The connection ended after the request began to leave and before a whole answer.
    case connectionLost = 6
    /// The address that would have been dialled is private, loopback or link-local.
    case addressRefused = 7
    case urlInvalid = 8
    case headerInvalid = 9
    case renderFailed = 10
    case messageTooLarge = 11
    /// The process died while the request was on the wire.
    case crashed = 12
    /// Any other failure of the transport; the record's code is the transport's own.
    case transportFailed = 13
    /// The answer broke the protocol or a limit.
    case responseInvalid = 14
    /// The user has not agreed to be sent to.
    case noConsent = 15
    /// The user, or the endpoint, is on a list of those who are not sent to.
    case suppressed = 16
    case userDeleted = 17
    /// The user has no address in the campaign's channel.
    case noEndpoint = 18
    /// The user has got as many messages as one may in some time.
    case quotaExceeded = 19
    /// Stopped for this user, or for all that is left of a campaign.
    case stopped = 20
    /// The provider says that the endpoint does not exist any more: nothing is to be sent to it
    /// again. The code is the HTTP status.
    case endpointGone = 21
    /// The provider gave a reason of its own; the code is the number that it has for it.
    case providerReason = 22

    /// The stable word for reports and filters: `http_429`, `timed_out`, .
    package func label(code: UInt16) -> String {
        switch self {
        case .none: "none"
        case .httpStatus: "http_\(code)"
        case .resolveFailed: "resolve_failed"
        case .connectFailed: "connect_failed"
        case .tlsFailed: "tls_failed"
        case .timedOut: "timed_out"
        case .connectionLost: "connection_lost"
        case .addressRefused: "address_refused"
        case .urlInvalid: "url_invalid"
        case .headerInvalid: "header_invalid"
        case .renderFailed: "render_failed"
        case .messageTooLarge: "message_too_large"
        case .crashed: "crashed"
        case .transportFailed: "transport_\(code)"
        case .responseInvalid: "response_invalid"
        case .noConsent: "no_consent"
        case .suppressed: "suppressed"
        case .userDeleted: "user_deleted"
        case .noEndpoint: "no_endpoint"
        case .quotaExceeded: "quota_exceeded"
        case .stopped: "stopped"
        case .endpointGone: "endpoint_gone"
        case .providerReason: "provider_\(code)"
        }
    }
}

/// What a campaign promises about requests whose outcome nobody saw.
package enum DeliveryGuarantee: UInt8, Sendable, CaseIterable {
    /// Send again with the same idempotency key: a receiver that honours keys sees it once.
    case atLeastOnce = 0
    /// Never send again: the delivery ends as `unknown` and is listed.
    case atMostOnce = 1

    package var name: String {
        switch self {
        case .atLeastOnce: "at-least-once"
        case .atMostOnce: "at-most-once"
        }
    }
}

extension TransferFailure {
    /// What a delivery that ended by it says.
    package var reason: DeliveryReason {
        switch self {
        case .resolveFailed: .resolveFailed
        case .connectFailed: .connectFailed
        case .tlsFailed: .tlsFailed
        case .timedOut: .timedOut
        case .connectionLost: .connectionLost
        case .addressRefused: .addressRefused
        case .urlInvalid: .urlInvalid
        case .responseInvalid: .responseInvalid
        case .none, .other, .requestInvalid: .transportFailed
        }
    }
}
