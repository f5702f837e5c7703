/// Finds the host that most sends of a campaign are held back by, in two words and no table.
///
/// It is the majority vote of Boyer and Moore
/// (https://www.cs.utexas.edu/~moore/best-ideas/mjrty/): a host that has more than half of the
/// votes is found; of many that have few each, one of them.
struct HostVote: BitwiseCopyable {
    /// The host's hash; 0 before the first vote.
    private(set) var host: UInt64 = 0
    private var lead = 0
    /// Votes so far.
    private(set) var count: UInt64 = 0

    /// How far a host can be ahead: one page, so that what binds now comes up soon.
    private static var leadMax: Int { PageLayout.recipientsMax }

    /// Counts a send that a host held back.
    mutating func add(_ host: UInt64) {
        count &+= 1
        if host == self.host {
            lead = min(lead + 1, Self.leadMax)
        } else if lead > 0 {
            lead -= 1
        } else {
            self.host = host
            lead = 1
        }
    }
}

/// What a shard's vote of hosts says: one reading.
package struct HeldBackHost: Equatable, Sendable {
    /// As `HostLimits.name(hash:)` takes it; 0 when no host has held anything back.
    package let hash: UInt64
    /// How often any host has held a send back.
    package let count: UInt64
}
