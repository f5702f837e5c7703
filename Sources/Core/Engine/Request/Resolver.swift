/// Where the addresses of a host are.
package enum HostReach: Sendable {
    /// At least one is on the public internet.
    case open
    /// All are loopback, private or link-local.
    case confined
    /// There are none, or nobody could say.
    case unknown
}

/// Says where the addresses of names are: the port by which hosts are looked up before a send.
package struct Resolver: Sendable {
    /// Asks for one name; takes as long as it likes, and is asked about few names at a time.
    package let lookUp: @Sendable (String) async -> HostReach

    /// How long callers wait for an answer.
    package let patience: Duration

    /// Makes a resolver of a function that may wait but must not block its thread.
    package init(patience: Duration, _ lookUp: @escaping @Sendable (String) async -> HostReach) {
        self.lookUp = lookUp
        self.patience = patience
    }
}
