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
/// A send needs one token of every limiter. `take` looks at all of them first, so that a send which
/// one limit refuses costs the others nothing, then takes from each; if another thread was faster
/// at one of them, what was taken too much from those before is given back in the same call. For
/// that instant the others may look emptier than they are: they can grant too little, never too
/// much.
///
/// A value, cheap to copy; its limiters are shared. Sendable because they are, and the pointers are
/// to them.
@safe
package struct LimiterChain: @unchecked Sendable {
    /// One limiter and what it stands for.
    package struct Link: Sendable {
        /// What the limiter stands for.
        package let level: LimiterLevel
        /// The limiter, which other chains share.
        package let limiter: RateLimiter

        /// Creates a link.
        package init(_ level: LimiterLevel, _ limiter: RateLimiter) {
            self.level = level
            self.limiter = limiter
        }
    }

    /// What a `take` got.
    package struct Grant: Hashable, Sendable {
        /// Tokens taken from every limiter.
        package let count: Int
        /// The level that made it less than what was asked for; nil when all was granted.
        package let boundBy: LimiterLevel?

        /// Creates a grant.
        package init(count: Int, boundBy: LimiterLevel?) {
            self.count = count
            self.boundBy = boundBy
        }
    }

    /// The limiters, best with the strictest first.
    package let links: [Link]
    /// The states of the limiters, which `links` keeps alive: to reach them through the links would
    /// count references on every take.
    private let states: [UnsafeMutablePointer<RateLimiterState>]

    /// Creates a chain; without links it grants everything.
    package init(_ links: [Link]) {
        precondition(
            links.count <= PacingLimits.chainLevelsMax, "A chain has at most chainLevelsMax links")
        self.links = links
        unsafe states = links.map { unsafe $0.limiter.state }
    }

    /// Takes up to `count` tokens from every limiter: the same number from each.
    package func take(upTo count: Int, nowNanoseconds: Int64) -> Grant {
        var granted = max(0, count)
        var boundBy: LimiterLevel?
        for index in unsafe states.indices {
            let available = unsafe states[index].pointee.available(
                upTo: granted, nowNanoseconds: nowNanoseconds)
            guard available < granted else { continue }
            granted = available
            boundBy = links[index].level
        }
        guard granted > 0 else { return Grant(count: 0, boundBy: boundBy) }
        for index in unsafe states.indices {
            let taken = unsafe states[index].pointee.take(
                upTo: granted, nowNanoseconds: nowNanoseconds)
            guard taken < granted else { continue }
            giveBack(
                granted - taken, to: 0..<index, takenAtNanoseconds: nowNanoseconds,
                nowNanoseconds: nowNanoseconds)
            granted = taken
            boundBy = links[index].level
            if granted == 0 { break }
        }
        return Grant(count: granted, boundBy: boundBy)
    }

    /// Gives tokens back to every limiter; see `RateLimiter.giveBack`.
    package func giveBack(_ count: Int, takenAtNanoseconds: Int64, nowNanoseconds: Int64) {
        giveBack(
            count, to: links.indices, takenAtNanoseconds: takenAtNanoseconds,
            nowNanoseconds: nowNanoseconds)
    }

    private func giveBack(
        _ count: Int, to range: Range<Int>, takenAtNanoseconds: Int64, nowNanoseconds: Int64
    ) {
        for index in range {
            unsafe states[index].pointee.giveBack(
                count, takenAtNanoseconds: takenAtNanoseconds, nowNanoseconds: nowNanoseconds)
        }
    }

    /// How long to wait for a token of every limiter, and the level that makes the wait the
    /// longest.
    ///
    /// - Returns: nanoseconds from now, 0 when a token is available; no level then.
    package func nextAvailable(
        nowNanoseconds: Int64
    ) -> (nanoseconds: Int64, boundBy: LimiterLevel?) {
        var longest: Int64 = 0
        var boundBy: LimiterLevel?
        for link in links {
            let wait = link.limiter.nextAvailableNanoseconds(nowNanoseconds: nowNanoseconds)
            if wait > longest {
                longest = wait
                boundBy = link.level
            }
        }
        return (longest, boundBy)
    }
}
