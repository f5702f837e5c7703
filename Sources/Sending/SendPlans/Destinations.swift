package import Engine

// Looks where destinations lead before anything is sent to them.
//
// 1. Nobody waits for a name for longer than `Resolver.patience`: who has waited in vain passes.
//    The address that is dialled is checked in any case; this check spares a campaign a million
//    failures.
// 2. At most `DestinationLimits.lookUps` names are asked for at a time, whether or not anybody
//    still waits: with a dead resolver that is how many threads it costs.
// 3. A name is asked for once by all who want to know it, and an answer holds for a while: a
//    campaign's launch and the call that asked for it are one look-up.
// 4. No look-up is made in a transaction: callers read first, and check what they have read.

/// Where the hosts that URLs name are, asked for before anything is sent.
package actor Destinations {
    /// What is known of a name.
    private enum Entry {
        /// Asked for, or waiting for its turn; who waits, by number.
        case asking([UInt64: CheckedContinuation<HostReach, Never>])
        case known(HostReach, until: ContinuousClock.Instant)
    }

    private let resolver: Resolver
    private let allowsPrivateNetworks: Bool
    private var entries: [String: Entry] = [:]
    /// Names whose turn has not come, in their order.
    private var queue: [String] = []
    private var lookUps = 0
    private var number: UInt64 = 0

    /// Makes a check.
    ///
    /// - Parameters:
    ///   - resolver: Who is asked.
    ///   - allowsPrivateNetworks: Whether any host will do, and nobody is asked.
    package init(resolver: Resolver, allowsPrivateNetworks: Bool) {
        self.resolver = resolver
        self.allowsPrivateNetworks = allowsPrivateNetworks
    }

    /// Refuses a campaign whose one host is private, unless private networks are allowed.
    ///
    /// - Throws: `CampaignMistake` of the field `privateNetwork`.
    package func check(_ document: CampaignDocument) async throws(CampaignMistake) {
        guard let destination = Destination(restrictedOf: document) else { return }
        try await check(destination)
    }

    /// Refuses a URL whose host is private, unless private networks are allowed.
    ///
    /// - Throws: `CampaignMistake` of the field `privateNetwork`.
    package func check(url: String) async throws(CampaignMistake) {
        guard !allowsPrivateNetworks, let destination = Destination(of: url) else { return }
        try await check(destination)
    }

    private func check(_ destination: Destination) async throws(CampaignMistake) {
        if let reach = destination.reach { return try destination.require(reach) }
        try destination.require(await reach(of: destination.host.lowercased()))
    }

    // MARK: Names

    private func reach(of name: String) async -> HostReach {
        switch entries[name] {
        case .known(let reach, let until) where until > .now: return reach
        case .asking: break
        case .known, nil:
            entries[name] = .asking([:])
            queue.append(name)
            beginLookUps()
        }
        number += 1
        let waiter = number
        let timer = Task { [patience = resolver.patience] in
            try? await Task.sleep(for: patience)
            if !Task.isCancelled { giveUp(name, waiter) }
        }
        defer { timer.cancel() }
        return await withCheckedContinuation { continuation in
            guard case .asking(var waiters) = entries[name] else {
                preconditionFailure("a name was answered before anybody waited for it")
            }
            waiters[waiter] = continuation
            entries[name] = .asking(waiters)
        }
    }

    private func beginLookUps() {
        while lookUps < DestinationLimits.lookUps, !queue.isEmpty {
            let name = queue.removeFirst()
            lookUps += 1
            Task { [resolver] in
                let reach = await resolver.lookUp(name)
                answered(name, reach)
            }
        }
    }

    private func answered(_ name: String, _ reach: HostReach) {
        lookUps -= 1
        if case .asking(let waiters) = entries[name] {
            for waiter in waiters.values { waiter.resume(returning: reach) }
        }
        let now = ContinuousClock.now
        if entries.count >= DestinationLimits.namesKept {
            entries = entries.filter { if case .asking = $0.value { true } else { false } }
        }
        entries[name] = .known(reach, until: now + DestinationLimits.answersHold)
        beginLookUps()
    }

    private func giveUp(_ name: String, _ waiter: UInt64) {
        guard case .asking(var waiters) = entries[name],
            let continuation = waiters.removeValue(forKey: waiter)
        else { return }
        continuation.resume(returning: .unknown)
        entries[name] = .asking(waiters)
        // A name that was not asked for yet, and that nobody waits for, need not be.
        if waiters.isEmpty, let place = queue.firstIndex(of: name) {
            queue.remove(at: place)
            entries[name] = nil
        }
    }
}
