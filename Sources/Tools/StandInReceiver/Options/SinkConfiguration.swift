package import UVLoop

/// How a stand-in provider listens and behaves.
///
/// The default answers every request with 200 at once, on a free port of the IPv4 loopback.
package struct SinkConfiguration: Sendable {
    /// Where to listen; port 0 takes a free one.
    package var address: SocketAddress = .loopback()
    /// The time between a request's arrival and its answer.
    package var latency: LatencyModel = .none
    /// Which statuses are answered.
    package var responses: ResponseMix = .allAccepted
    /// The `Retry-After` of 429 and 503, rounded up to seconds; none when nil.
    package var retryAfter: Duration?
    /// The share of requests after which the connection is reset, without an answer.
    package var resetProbability: Probability = .never
    /// The share of requests that are never answered, on a connection that stays open.
    package var stallProbability: Probability = .never
    /// Fixes every random choice: the n-th request to arrive always meets the same fate.
    package var seed: UInt64 = 0
    /// Whether the sink looks for requests without ever sleeping.
    ///
    /// It takes a whole core. The kernel bills the waking of a sleeping receiver on the same
    /// machine to the sender, which no sender of a real provider pays.
    package var spins = false
    /// The header that carries the idempotency key, in any case.
    package var keyHeader = "webhook-id"

    /// The defaults: the IPv4 loopback, 200 at once, no failures.
    package init() {}
}
