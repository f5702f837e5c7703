import Structures

/// Which of the limits over a send is meant.
package enum LimiterLevel: UInt8, CaseIterable, Hashable, Sendable, CustomStringConvertible {
    /// All sends of one tenant.
    case app
    /// All sends of one campaign.
    case campaign
    /// All sends through one provider.
    case provider
    /// All sends to one destination host.
    case host

    /// The level as it is named in views and metrics.
    package var description: String {
        switch self {
        case .app: "app"
        case .campaign: "campaign"
        case .provider: "provider"
        case .host: "host"
        }
    }
}

/// The limits over one stream of sends, from which tokens are taken all or none.
///
/// A send needs one token of every limiter, and where a level has a bound on what is under way a
/// place of it. `take` looks at all of them first, so that a send which one limit refuses costs the
/// others nothing, then takes from each; if another thread was faster at one of them, what was
/// taken too much from those before is given back in the same call. For that instant the others may
/// look emptier than they are: they can grant too little, never too much.
///
/// A value, cheap to copy; its limiters are shared.
// SAFETY: every address is that of a limiter or bound in `links`, which keeps it alive.
@safe
package struct LimiterChain: Sendable {
    /// One limiter and what it stands for.
    package struct Link: Sendable {
        /// What the limiter stands for.
        package let level: LimiterLevel
        /// The limiter, which other chains share.
        package let limiter: RateLimiter
        /// The bound on what is under way at this level, which other chains share.
        package let inFlight: InFlightLimit?

        /// Creates a link.
        package init(_ level: LimiterLevel, _ limiter: RateLimiter, inFlight: InFlightLimit? = nil)
        {
            self.level = level
            self.limiter = limiter
            self.inFlight = inFlight
        }
    }

    /// What a `take` got.
    package struct Grant: Hashable, Sendable {
        /// Tokens taken from every limiter.
        package let count: Int
        /// The level that made it less than what was asked for; nil when all was granted.
        package let boundBy: LimiterLevel?
        /// Whether it was the level's bound on what is under way, and not its rate.
        package let isInFlight: Bool
        /// The bounds of which each send holds a place until it has ended.
        package let places: Places

        /// Creates a grant.
        package init(
            count: Int, boundBy: LimiterLevel?, isInFlight: Bool = false, places: Places = 0
        ) {
            self.count = count
            self.boundBy = boundBy
            self.isInFlight = isInFlight
            self.places = places
        }
    }

    /// The bounds of a chain in which a send is counted: one bit each.
    ///
    /// A plain number: the members of a type of its own would not be inlined in other modules.
    package typealias Places = UInt8

    /// The limiters, best with the strictest first.
    package let links: [Link]
    /// The states of the limiters, which `links` keeps alive: to reach them through the links would
    /// count references on every take.
    private let states: [SharedPointer<RateLimiterState>]
    /// The states of the bounds on what is under way, with the levels they are of.
    private let bounds: [(state: SharedPointer<InFlightState>, level: LimiterLevel)]

    /// Creates a chain; without links it grants everything.
    package init(_ links: [Link]) {
        precondition(
            links.count <= PacingLimits.chainLevelsMax, "A chain has at most chainLevelsMax links")
        self.links = links
        unsafe states = links.map { unsafe $0.limiter.state }
        unsafe bounds = links.compactMap { link in
            unsafe link.inFlight.map { unsafe (state: $0.state, level: link.level) }
        }
    }

    /// The same limits behind arrays of its own, so that threads do not count references together.
    package var copy: LimiterChain { LimiterChain(links.map { $0 }) }

    /// Takes up to `count` tokens from every limiter, and as many places: the same number from
    /// each.
    ///
    /// - Parameters:
    ///   - count: The sends that are wanted.
    ///   - taker: Who asks, from 1 to 64, so that whoever gets no place is served before others
    ///     take more; 0 for nobody in particular.
    ///   - nowNanoseconds: The monotonic time now.
    /// - Returns: How many sends may be started, and what kept it from more.
    package func take(upTo count: Int, taker: UInt8 = 0, nowNanoseconds: Int64) -> Grant {
        var granted = max(0, count)
        var boundBy: LimiterLevel?
        var isInFlight = false
        for index in unsafe states.indices {
            let available = unsafe states[index].pointee.available(
                upTo: granted, nowNanoseconds: nowNanoseconds)
            guard available < granted else { continue }
            granted = available
            boundBy = links[index].level
        }
        for index in unsafe 0..<bounds.count where granted > 0 {
            let available = unsafe bounds[index].state.pointee.available(
                upTo: granted, taker: taker, nowNanoseconds: nowNanoseconds)
            guard available < granted else { continue }
            granted = available
            boundBy = unsafe bounds[index].level
            isInFlight = true
            if granted == 0 {
                unsafe bounds[index].state.pointee.refuse(taker, nowNanoseconds)
            }
        }
        guard granted > 0 else {
            return Grant(count: 0, boundBy: boundBy, isInFlight: isInFlight)
        }
        for index in unsafe states.indices {
            let taken = unsafe states[index].pointee.take(
                upTo: granted, nowNanoseconds: nowNanoseconds)
            guard taken < granted else { continue }
            giveBack(
                granted - taken, to: 0..<index, takenAtNanoseconds: nowNanoseconds,
                nowNanoseconds: nowNanoseconds)
            granted = taken
            boundBy = links[index].level
            isInFlight = false
            if granted == 0 { return Grant(count: 0, boundBy: boundBy) }
        }
        guard unsafe !bounds.isEmpty else { return Grant(count: granted, boundBy: boundBy) }
        return takePlaces(
            Grant(count: granted, boundBy: boundBy, isInFlight: isInFlight), taker, nowNanoseconds)
    }

    /// Takes the places that go with tokens that were taken.
    private func takePlaces(_ tokens: Grant, _ taker: UInt8, _ nowNanoseconds: Int64) -> Grant {
        var granted = tokens.count
        var boundBy = tokens.boundBy
        var isInFlight = tokens.isInFlight
        var places: Places = 0
        for index in unsafe 0..<bounds.count {
            let taken = unsafe bounds[index].state.pointee.take(
                upTo: granted, taker: taker, nowNanoseconds: nowNanoseconds)
            if taken.count < granted {
                release(places, granted - taken.count)
                giveBack(
                    granted - taken.count, to: links.indices, takenAtNanoseconds: nowNanoseconds,
                    nowNanoseconds: nowNanoseconds)
                granted = taken.count
                boundBy = unsafe bounds[index].level
                isInFlight = true
                if granted == 0 { return Grant(count: 0, boundBy: boundBy, isInFlight: true) }
            }
            if taken.isCounted { places |= Self.bit(index) }
        }
        return Grant(count: granted, boundBy: boundBy, isInFlight: isInFlight, places: places)
    }

    /// Gives tokens back to every limiter, see `RateLimiter.giveBack`, and the places with them.
    package func giveBack(
        _ count: Int, places: Places = 0, takenAtNanoseconds: Int64, nowNanoseconds: Int64
    ) {
        release(places, count)
        giveBack(
            count, to: links.indices, takenAtNanoseconds: takenAtNanoseconds,
            nowNanoseconds: nowNanoseconds)
    }

    /// Releases the places of sends that have ended.
    package func release(_ places: Places, _ count: Int = 1) {
        guard places != 0 else { return }
        for index in unsafe 0..<bounds.count where places & Self.bit(index) != 0 {
            unsafe bounds[index].state.pointee.release(count)
        }
    }

    private static func bit(_ index: Int) -> Places { 1 &<< Places(truncatingIfNeeded: index) }

    private func giveBack(
        _ count: Int, to range: Range<Int>, takenAtNanoseconds: Int64, nowNanoseconds: Int64
    ) {
        for index in range {
            unsafe states[index].pointee.giveBack(
                count, takenAtNanoseconds: takenAtNanoseconds, nowNanoseconds: nowNanoseconds)
        }
    }
}

// MARK: - Looking

extension LimiterChain {
    /// How many of up to `count` sends a `take` would get now.
    package func available(upTo count: Int, taker: UInt8 = 0, nowNanoseconds: Int64) -> Int {
        var granted = max(0, count)
        for index in unsafe states.indices {
            granted = unsafe states[index].pointee.available(
                upTo: granted, nowNanoseconds: nowNanoseconds)
        }
        for index in unsafe 0..<bounds.count {
            granted = unsafe bounds[index].state.pointee.available(
                upTo: granted, taker: taker, nowNanoseconds: nowNanoseconds)
        }
        return granted
    }

    /// How long to wait for a token of every limiter, and the level that makes the wait the
    /// longest.
    ///
    /// Nobody knows when a place comes free: who lacks one has to ask again.
    ///
    /// - Returns: nanoseconds from now, 0 when a token is available; no level then.
    package func nextAvailable(
        nowNanoseconds: Int64
    ) -> (nanoseconds: Int64, boundBy: LimiterLevel?) {
        var longest: Int64 = 0
        var boundBy: LimiterLevel?
        for index in unsafe states.indices {
            let wait = unsafe states[index].pointee.nextAvailableNanoseconds(
                nowNanoseconds: nowNanoseconds)
            if wait > longest {
                longest = wait
                boundBy = links[index].level
            }
        }
        return (longest, boundBy)
    }

    /// How long a taker that was refused is to wait: for a token of every limiter, and for those
    /// that can come together (`PacingLimits.batchNanoseconds`).
    ///
    /// - Returns: nanoseconds from now, 0 when a token is available.
    package func nextBatchNanoseconds(nowNanoseconds: Int64) -> Int64 {
        var longest: Int64 = 0
        for index in unsafe states.indices {
            longest = max(
                longest,
                unsafe states[index].pointee.nextBatchNanoseconds(nowNanoseconds: nowNanoseconds))
        }
        return longest
    }
}
