// Stops sending to a receiver that only fails, and finds out when it works again.
//
//               recordFailure, a threshold is reached
//     ┌────────┐ ─────────────────────────────────▶ ┌──────┐ ─┐ admit: grants nothing
//     │ closed │                                    │ open │ ◀┘ before probeAt
//     └────────┘                                    └──────┘
//         ▲                                          │    ▲
//         │ recordSuccess,       admit, at or after  │    │ recordFailure
//         │ the last probe       probeAt             ▼    │ (the outage goes on)
//         │                                       ┌──────────┐ ─┐ admit: the probes that are left;
//         └────────────────────────────────────── │ halfOpen │ ◀┘ all that have not succeeded,
//                                                 └──────────┘    at or after probeAt
//
// - closed: everything is admitted; outcomes are counted.
// - open: nothing is admitted until probeAt; outcomes of what was on the wire are ignored.
// - halfOpen: a few sends are admitted as probes; one failure opens again, enough successes close.
//   Probes whose outcome never comes (cancelled, lost) are replaced after a cooldown, so that the
//   state is left sooner or later whatever happens.
// - reset() leads from any state to closed.
//
// The outage lasts from the first opening to the next closing, through any number of failed probes.
// When it has lasted longer than the policy's patience, the campaign is to be paused as an error;
// the breaker only says so.

/// A circuit breaker: outcomes and times in, admissions out.
///
/// A pure state machine that belongs to one thread.
package struct CircuitBreaker: ~Copyable {
    /// When a breaker opens, and how it closes again.
    package struct Policy: Hashable, Sendable {
        /// So many failures in a row open it; at least 1.
        package var consecutiveFailuresMax: Int
        /// This share of failures in the window opens it: more than 0; above 1 never.
        package var failureRatioMax: Double
        /// The window over which the share is taken.
        package var windowNanoseconds: Int64
        /// The share counts only with so many outcomes in the window.
        package var outcomesMin: Int
        /// How long it stays open before it probes, and how long it waits for a probe's outcome.
        package var cooldownNanoseconds: Int64
        /// So many successful probes close it; at least 1.
        package var probes: Int
        /// An outage longer than this is past its patience.
        package var patienceNanoseconds: Int64

        /// Creates a policy; the defaults suit a provider that takes thousands of sends a second.
        package init(
            consecutiveFailuresMax: Int = 50, failureRatioMax: Double = 0.5,
            windowNanoseconds: Int64 = 30_000_000_000, outcomesMin: Int = 200,
            cooldownNanoseconds: Int64 = 5_000_000_000, probes: Int = 5,
            patienceNanoseconds: Int64 = 60_000_000_000
        ) {
            precondition(consecutiveFailuresMax >= 1, "A breaker opens after at least one failure")
            precondition(failureRatioMax > 0, "A breaker's failure ratio is above zero")
            precondition(windowNanoseconds > 0, "A breaker's window is not empty")
            precondition(outcomesMin >= 1, "A ratio needs at least one outcome")
            precondition(cooldownNanoseconds > 0, "A breaker stays open for a while")
            precondition(probes >= 1, "A breaker closes after at least one probe")
            precondition(patienceNanoseconds >= 0, "Patience is not negative")
            self.consecutiveFailuresMax = consecutiveFailuresMax
            self.failureRatioMax = failureRatioMax
            self.windowNanoseconds = windowNanoseconds
            self.outcomesMin = outcomesMin
            self.cooldownNanoseconds = cooldownNanoseconds
            self.probes = probes
            self.patienceNanoseconds = patienceNanoseconds
        }
    }

    /// The state as views and metrics name it.
    package enum Phase: UInt8, Hashable, Sendable {
        /// Everything is admitted.
        case closed
        /// Nothing is admitted.
        case open
        /// Probes are admitted.
        case halfOpen
    }

    /// What an outcome changed.
    package enum Change: Hashable, Sendable {
        /// The state is as before.
        case none
        /// From closed or half-open to open.
        case opened
        /// From half-open to closed.
        case closed
    }

    /// What the closed state counts.
    private struct Counted {
        var failuresInRow = 0
        var window: OutcomeWindow

        func isTripped(_ policy: Policy) -> Bool {
            if failuresInRow >= policy.consecutiveFailuresMax { return true }
            guard window.total >= policy.outcomesMin else { return false }
            return Double(window.failureTotal) >= policy.failureRatioMax * Double(window.total)
        }
    }

    /// The time since the breaker opened, across any number of failed probes.
    private struct Outage {
        let start: Int64
        /// When probes, or probes for those without outcome, may start.
        var probeAt: Int64

        func isLonger(than patienceNanoseconds: Int64, _ nowNanoseconds: Int64) -> Bool {
            nowNanoseconds &- start > patienceNanoseconds
        }
    }

    /// The probes of the half-open state.
    private struct Probes {
        /// How many may still be admitted.
        var left: Int
        var successes: Int
    }

    private enum State: ~Copyable {
        case closed(Counted)
        case open(Outage)
        case halfOpen(Outage, Probes)
    }

    /// When it opens and closes.
    package let policy: Policy
    private var state: State

    /// Creates a closed breaker.
    package init(policy: Policy, nowNanoseconds: Int64) {
        let window = OutcomeWindow(
            lengthNanoseconds: policy.windowNanoseconds, nowNanoseconds: nowNanoseconds)
        self.init(policy, .closed(Counted(window: window)))
    }

    private init(_ policy: Policy, _ state: consuming State) {
        self.policy = policy
        self.state = state
    }
}

// MARK: - Events

extension CircuitBreaker {
    /// Asks for the admission of up to `count` sends.
    ///
    /// - Returns: how many may start now; in the half-open state they are the probes.
    package mutating func admit(upTo count: Int, nowNanoseconds: Int64) -> Int {
        let policy = policy
        let count = max(0, count)
        switch consume state {
        case .closed(let counted):
            self = Self(policy, .closed(counted))
            return count
        case .open(let outage) where nowNanoseconds < outage.probeAt:
            self = Self(policy, .open(outage))
            return 0
        case .open(var outage):
            outage.probeAt = nowNanoseconds &+ policy.cooldownNanoseconds
            let admitted = min(count, policy.probes)
            let probes = Probes(left: policy.probes - admitted, successes: 0)
            self = Self(policy, .halfOpen(outage, probes))
            return admitted
        case .halfOpen(var outage, var probes):
            if nowNanoseconds >= outage.probeAt {
                outage.probeAt = nowNanoseconds &+ policy.cooldownNanoseconds
                probes.left = policy.probes - probes.successes
            }
            let admitted = min(count, probes.left)
            probes.left -= admitted
            self = Self(policy, .halfOpen(outage, probes))
            return admitted
        }
    }

    /// Tells that a send succeeded, or failed for a reason that does not speak against the
    /// receiver.
    package mutating func recordSuccess(nowNanoseconds: Int64) -> Change {
        let policy = policy
        switch consume state {
        case .closed(var counted):
            counted.failuresInRow = 0
            counted.window.record(success: true, nowNanoseconds: nowNanoseconds)
            self = Self(policy, .closed(counted))
            return .none
        case .open(let outage):
            self = Self(policy, .open(outage))
            return .none
        case .halfOpen(let outage, var probes):
            probes.successes += 1
            if probes.successes >= policy.probes {
                self = Self(policy: policy, nowNanoseconds: nowNanoseconds)
                return .closed
            }
            self = Self(policy, .halfOpen(outage, probes))
            return .none
        }
    }

    /// Tells that a send failed by the receiver's fault.
    package mutating func recordFailure(nowNanoseconds: Int64) -> Change {
        let policy = policy
        let probeAt = nowNanoseconds &+ policy.cooldownNanoseconds
        switch consume state {
        case .closed(var counted):
            counted.failuresInRow += 1
            counted.window.record(success: false, nowNanoseconds: nowNanoseconds)
            if counted.isTripped(policy) {
                self = Self(policy, .open(Outage(start: nowNanoseconds, probeAt: probeAt)))
                return .opened
            }
            self = Self(policy, .closed(counted))
            return .none
        case .open(let outage):
            self = Self(policy, .open(outage))
            return .none
        case .halfOpen(let outage, _):
            self = Self(policy, .open(Outage(start: outage.start, probeAt: probeAt)))
            return .opened
        }
    }

    /// Closes the breaker and forgets what it counted: an operator resumed.
    package mutating func reset(nowNanoseconds: Int64) {
        self = Self(policy: policy, nowNanoseconds: nowNanoseconds)
    }
}

// MARK: - Looking

extension CircuitBreaker {
    /// The state's name.
    package var phase: Phase {
        switch state {
        case .closed: .closed
        case .open: .open
        case .halfOpen: .halfOpen
        }
    }

    /// Whether the outage has lasted longer than the policy's patience.
    package func isPastPatience(nowNanoseconds: Int64) -> Bool {
        switch state {
        case .closed: false
        case .open(let outage): outage.isLonger(than: policy.patienceNanoseconds, nowNanoseconds)
        case .halfOpen(let outage, _):
            outage.isLonger(than: policy.patienceNanoseconds, nowNanoseconds)
        }
    }

    /// Nanoseconds until it is worth to ask for admission again, unless an outcome comes first.
    ///
    /// - Returns: 0 when `admit` would grant something now.
    package func nextAdmissionNanoseconds(nowNanoseconds: Int64) -> Int64 {
        switch state {
        case .closed: 0
        case .open(let outage): max(0, outage.probeAt &- nowNanoseconds)
        case .halfOpen(let outage, let probes):
            probes.left > 0 ? 0 : max(0, outage.probeAt &- nowNanoseconds)
        }
    }
}
