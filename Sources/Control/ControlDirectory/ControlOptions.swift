package import Engine

/// How a control plane is set up.
package struct ControlOptions: Sendable {
    /// Holds everything; one process at a time.
    package var dataDirectory: String
    /// What signed links begin with, such as `https://example.org`; nil when nobody said.
    package var publicURL: String?
    /// Whether webhooks may go to loopback, private and link-local addresses.
    package var allowsPrivateNetworks = false
    /// Who says where the hosts of URLs are; nil for the system's.
    package var resolver: Resolver?
    /// What time it is for all that the control plane decides and writes down.
    package var clock = WallClock.system
    /// Dispatcher threads.
    package var shards: Int
    /// Requests on the wire at the most, over all campaigns.
    package var inFlightMax: Int

    package init(dataDirectory: String, shards: Int, inFlightMax: Int) {
        self.dataDirectory = dataDirectory
        self.shards = shards
        self.inFlightMax = inFlightMax
    }
}
