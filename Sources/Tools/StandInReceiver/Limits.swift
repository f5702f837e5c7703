/// The limits of the stand-in provider, each with its reason and what happens beyond it.
package enum SinkLimits {
    /// Bytes of one request's head (request line and headers), 64 KiB.
    ///
    /// What large servers allow at most. Beyond it the answer is 431 and the connection is closed.
    package static let headBytesMax = 64 << 10

    /// Bytes of one request's body, 16 MiB.
    ///
    /// Far above any notification. Beyond it the answer is 413 and the connection is closed.
    package static let bodyBytesMax = 16 << 20

    /// Bytes of one chunk-size line with its extensions, and of a trailer section, 8 KiB.
    ///
    /// Beyond it the request is malformed: 400.
    package static let chunkLineBytesMax = 8 << 10

    /// Answers that one connection may have waiting before reading from it stops, 1024.
    ///
    /// Only a client that pipelines gets there. The requests of one read buffer may come on top.
    package static let answersWaitingMax = 1024

    /// Bytes of answers that one connection may leave unread before reading from it stops, 1 MiB.
    package static let outputBytesMax = 1 << 20

    /// Connections open at once, 65,536.
    ///
    /// More than the ports of one client address. Further ones are reset and counted as refused.
    package static let connectionsMax = 1 << 16

    /// Time that a connection which the sink has ended may take to be closed by the peer, in ms.
    ///
    /// Closing at once while bytes are still coming in would reset the connection and could take
    /// the last answer with it.
    package static let lingerMilliseconds: UInt64 = 1000

    /// Idempotency keys that are told apart, 64 Mi: about 1.3 GiB.
    ///
    /// Further new keys are counted as untracked; whether they come again is not known.
    package static let keysMax = 64 << 20

    /// Milliseconds of one window of the arrival curve.
    package static let windowMilliseconds: UInt64 = 100

    /// Windows that are recorded: one hour of them.
    ///
    /// Requests after that are counted in all totals; the statistics say that the curve is cut off.
    package static let windowsMax = 36_000

    /// The longest latency, one hour; longer ones (a lognormal has no end) are cut to it.
    package static let latencyMillisecondsMax: Double = 3_600_000
}
