/// What every campaign has unless it is told otherwise, with its reason.
package enum CampaignDefaults {
    /// The longest part of the timeout that opening a connection may take.
    static let connectTimeoutMilliseconds = 10_000

    /// Backoff before the second attempt, at the most; it doubles with each further one.
    static let retryBaseNanoseconds: Int64 = 500_000_000

    /// Backoff at the most.
    static let retryCapNanoseconds: Int64 = 60_000_000_000

    /// The longest Retry-After that is honoured; a longer one is cut to this.
    static let retryAfterCeilingNanoseconds: Int64 = 3_600_000_000_000

    /// Methods of requests: those that carry a body.
    package static let methods = ["POST", "PUT", "PATCH", "DELETE"]

    /// The Content-Type of requests: what webhook receivers take.
    package static let contentType = "application/json"

    /// Connections to one host.
    package static let connections = 64

    /// Requests on the wire to all hosts together, where recipients may have hosts of their own: so
    /// many that hosts which do not answer, each with its `connections`, leave places for others.
    package static let manyHostsInFlight = 1_024

    /// A request's time.
    package static let timeoutMilliseconds = 10_000

    /// How often a delivery is tried.
    package static let attempts = 5
}
