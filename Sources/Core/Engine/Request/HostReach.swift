/// Where the addresses of a host are.
package enum HostReach: Sendable {
    /// At least one is on the public internet.
    case open
    /// All are loopback, private or link-local.
    case confined
    /// There are none, or nobody could say.
    case unknown
}
