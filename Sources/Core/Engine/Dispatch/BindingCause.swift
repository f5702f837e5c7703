package import Pacing

/// What kept a campaign from starting more in a turn of a shard.
package enum BindingCause: UInt8, CaseIterable, Sendable, BitwiseCopyable {
    /// Nothing: the turn started all it had time for.
    case none = 0
    case appRate = 1
    case campaignRate = 2
    case providerRate = 3
    case hostRate = 4
    case appInFlight = 5
    case campaignInFlight = 6
    case providerInFlight = 7
    case hostInFlight = 8
    /// The shard's flights, or the campaign's share of them, are used up.
    case transport = 9
    /// The store hands nothing more out because a quota is used up.
    case quota = 10
    /// All that is left waits for the time of its next attempt.
    case waiting = 11
    /// There is nothing to start: all is on the wire, or no page is there.
    case idle = 12
    /// The campaign's share of the connections to one host is used up.
    case hostConnections = 13

    /// How many causes there are.
    static var count: Int { 14 }

    /// The cause that a limit of a level is.
    init(_ level: LimiterLevel, isInFlight: Bool) {
        switch level {
        case .app: self = isInFlight ? .appInFlight : .appRate
        case .campaign: self = isInFlight ? .campaignInFlight : .campaignRate
        case .provider: self = isInFlight ? .providerInFlight : .providerRate
        case .host: self = isInFlight ? .hostInFlight : .hostRate
        }
    }
}

/// A number for each cause: of turns that it ended, so that the difference of two readings says
/// what binds, or of nanoseconds from those turns to the next.
package struct BindingCounts: Equatable, Sendable, BitwiseCopyable {
    private var counts = SIMD16<UInt64>()

    /// Begins with no turns counted.
    package init() {}

    /// The number of a cause.
    package internal(set) subscript(cause: BindingCause) -> UInt64 {
        get { counts[Int(cause.rawValue)] }
        set { counts[Int(cause.rawValue)] = newValue }
    }

    /// The number of the cause with that raw value.
    func word(_ index: Int) -> UInt64 { counts[index] }

    /// Turns in which a limit of a level, of either kind, left work undone.
    package subscript(level: LimiterLevel) -> UInt64 {
        self[BindingCause(level, isInFlight: false)] + self[BindingCause(level, isInFlight: true)]
    }

    /// The cause of most turns since an earlier reading, `nil` when there was no turn.
    ///
    /// What is merely absent, `none` and `idle`, counts only where nothing else does: one shard
    /// that has nothing to do says little about a campaign that another shard works on.
    package func prevailing(since earlier: BindingCounts) -> BindingCause? {
        var best: (cause: BindingCause, count: UInt64)?
        for cause in BindingCause.allCases where cause != .none && cause != .idle {
            let count = self[cause] &- earlier[cause]
            if count > best?.count ?? 0 { best = (cause, count) }
        }
        if let best { return best.cause }
        if self[.none] != earlier[.none] { return BindingCause.none }
        return self[.idle] != earlier[.idle] ? .idle : nil
    }

    /// Adds what another shard, or an earlier run, has counted.
    package static func += (left: inout BindingCounts, right: BindingCounts) {
        left.counts &+= right.counts
    }
}
