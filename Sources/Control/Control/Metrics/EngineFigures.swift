import Engine
import Runtime

/// What the engine did for campaigns since the process began, and what it does for them now.
///
/// In words and seconds, as it is shown; ids of campaigns, users and hosts are in none of it.
package struct EngineFigures: Sendable {
    /// A way for deliveries to end.
    package struct Outcome: Hashable, Sendable {
        /// The name of a delivery's status, such as `sent`.
        package let status: String
        /// The name of the reason; `none` for what was sent.
        package let reason: String
    }

    private static let sent = Outcome(status: DeliveryStatus.sent.name, reason: "none")

    // MARK: What only grows

    /// Requests handed to the transport.
    package private(set) var attempts: UInt64 = 0
    /// Deliveries that were put off to be tried again.
    package private(set) var retries: UInt64 = 0
    /// Bytes of the bodies of all requests.
    package private(set) var bodyBytes: UInt64 = 0
    /// Deliveries that have ended.
    package private(set) var outcomes: [Outcome: UInt64] = [Self.sent: 0]
    private var latencies = LatencyHistogram()
    private var turns = BindingCounts()
    private var nanoseconds = BindingCounts()

    // MARK: What comes and goes

    /// Requests on the wire.
    package private(set) var inFlight = 0
    /// Pages that shards hold.
    package private(set) var pages = 0

    init() {}

    init(_ run: RunningCampaign) {
        let figures = run.handle.figures
        attempts = figures.attempts
        retries = figures.retries
        bodyBytes = figures.bodyBytes
        inFlight = figures.inFlight
        pages = figures.pages
        turns = figures.bindings
        nanoseconds = run.handle.bindingNanoseconds
        latencies = run.handle.latencies
        count(figures.sent, .sent, "none")
        let outcomes = run.handle.outcomes
        for (outcome, count) in outcomes.tally.counts {
            self.count(UInt64(count), outcome.status, Self.reason(outcome))
        }
        for (status, count) in outcomes.others { self.count(UInt64(count), status, "other") }
        count(UInt64(run.reports.trimmed), .skipped, DeliveryReason.quotaExceeded.label(code: 0))
    }

    /// Counts ends that no shard has counted.
    mutating func count(_ count: UInt64, _ status: DeliveryStatus, _ reason: String) {
        guard count > 0 else { return }
        outcomes[Outcome(status: status.name, reason: reason), default: 0] += count
    }

    /// A reason without what has no bound: of codes of HTTP the class is left, of the transport's
    /// nothing.
    static func reason(_ outcome: DeliveryOutcome) -> String {
        switch outcome.reason {
        case .httpStatus: "http_\(min(outcome.code / 100, 9))xx"
        case .transportFailed: "transport_failed"
        default: outcome.reason.label(code: 0)
        }
    }

    /// What stays when the campaigns have ended.
    var ended: EngineFigures {
        var ended = self
        ended.inFlight = 0
        ended.pages = 0
        return ended
    }

    static func += (left: inout EngineFigures, right: EngineFigures) {
        left.attempts += right.attempts
        left.retries += right.retries
        left.bodyBytes += right.bodyBytes
        left.outcomes.merge(right.outcomes) { $0 + $1 }
        left.latencies += right.latencies
        left.turns += right.turns
        left.nanoseconds += right.nanoseconds
        left.inFlight += right.inFlight
        left.pages += right.pages
    }
}

extension EngineFigures {
    /// How often and how long campaigns could not send because of a limit.
    package struct LimitWaits: Equatable, Sendable {
        /// `app`, `campaign`, `provider`, `host`, `transport` or `quota`.
        package let limit: String
        /// What of it is limited: `rate`, `in_flight` or `messages`.
        package let kind: String
        /// Turns of shards in which the limit left work undone.
        package let turns: UInt64
        /// Until the turn after each of those.
        package let seconds: Double
    }

    /// How long requests were on the wire.
    package var sendTimes: TimeDistribution { TimeDistribution(latencies) }

    /// Every limit, those that never bound included.
    package var limitWaits: [LimitWaits] {
        BindingCause.allCases.compactMap { cause in
            guard let (limit, kind) = Self.limit(cause) else { return nil }
            return LimitWaits(
                limit: limit, kind: kind, turns: turns[cause],
                seconds: Double(nanoseconds[cause]) / 1e9)
        }
    }

    /// The limit that a cause is; nil for what is none.
    private static func limit(_ cause: BindingCause) -> (limit: String, kind: String)? {
        switch cause {
        case .appRate: ("app", "rate")
        case .appInFlight: ("app", "in_flight")
        case .campaignRate: ("campaign", "rate")
        case .campaignInFlight: ("campaign", "in_flight")
        case .providerRate: ("provider", "rate")
        case .providerInFlight: ("provider", "in_flight")
        case .hostRate: ("host", "rate")
        case .hostInFlight: ("host", "in_flight")
        case .transport: ("transport", "in_flight")
        case .hostConnections: ("transport", "connections")
        case .quota: ("quota", "messages")
        case .none, .waiting, .idle: nil
        }
    }
}
