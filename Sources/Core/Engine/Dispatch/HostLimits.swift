package import Pacing
import Structures
import Synchronization

/// The limits of destination hosts, shared by all campaigns that are given the same registry.
///
/// A host has one limiter and one bound on what is under way from the moment it is first named, and
/// they stay; a host whose limits are taken away is an unlimited one. So whoever holds a place of a
/// bound can give it back to it later.
///
/// Shards look at `version` once a turn and take a copy of the table when it has changed: nothing
/// here is locked on the per-message path.
package final class HostLimits: Sendable {
    /// What holds for one host.
    package struct Entry: Sendable {
        package let limiter: RateLimiter
        package let inFlight: InFlightLimit
    }

    /// Tells the gates of one registry's hosts from those of another's.
    let salt: UInt64
    private let entries = Guarded<[UInt64: Entry]>([:])
    /// What the hosts are called that were named.
    private let names = Guarded<[UInt64: String]>([:])
    private let changes = Atomic<UInt64>(0)
    private static let made = Atomic<UInt64>(0)

    package init() {
        // Odd multiples of an odd number are never 0, which stands for no registry.
        let number = Self.made.wrappingAdd(2, ordering: .relaxed).newValue - 1
        salt = number &* 0x9E37_79B9_7F4A_7C15
    }

    /// Sets what holds for a host from now on; the shards see it with their next turn.
    ///
    /// - Parameters:
    ///   - url: Any URL of the host: scheme, name and port count.
    ///   - rate: The sends to it.
    ///   - inFlightMax: The most that may be on the wire to it at once.
    ///   - nowNanoseconds: The monotonic time now.
    ///   - debtNanoseconds: How far a host that is named for the first time is ahead of its rate,
    ///     as its limiter said before a restart.
    package func set(
        url: String, rate: RateLimit, inFlightMax: Int = InFlightLimit.unlimited,
        nowNanoseconds: Int64, debtNanoseconds: Int64 = 0
    ) {
        let hash = HostName.hash(of: url)
        names.withLock { $0[hash] = url }
        entries.withLock { entries in
            if let entry = entries[hash] {
                entry.limiter.set(rate, nowNanoseconds: nowNanoseconds)
                entry.inFlight.limit = inFlightMax
            } else {
                entries[hash] = Entry(
                    limiter: RateLimiter(
                        rate, nowNanoseconds: nowNanoseconds, debtNanoseconds: debtNanoseconds),
                    inFlight: InFlightLimit(limit: inFlightMax))
            }
        }
        changes.wrappingAdd(1, ordering: .releasing)
    }

    /// Takes a host's limits away.
    package func remove(url: String, nowNanoseconds: Int64) {
        guard entry(url: url) != nil else { return }
        set(url: url, rate: .unlimited, nowNanoseconds: nowNanoseconds)
    }

    /// What holds for a host, `nil` when it was never named.
    package func entry(url: String) -> Entry? {
        let hash = HostName.hash(of: url)
        return entries.withLock { $0[hash] }
    }

    /// The URL by which a host was named last, `nil` when it was never named.
    package func name(hash: UInt64) -> String? { names.withLock { $0[hash] } }

    /// Rises with every change.
    var version: UInt64 { changes.load(ordering: .acquiring) }

    /// All entries by the hash of their host.
    var table: [UInt64: Entry] { entries.withLock { $0 } }
}

/// A registry as one campaign on one shard sees it.
struct HostLimitsView {
    let registry: HostLimits
    private(set) var entries: [UInt64: HostLimits.Entry] = [:]
    private var version: UInt64?

    init(_ registry: HostLimits) { self.registry = registry }

    /// Takes a copy of the registry if it has changed.
    ///
    /// - Returns: Whether it had.
    mutating func refresh() -> Bool {
        let version = registry.version
        guard version != self.version else { return false }
        self.version = version
        entries = registry.table
        return true
    }
}
