/// What a sink has counted since it started, or since its statistics were reset.
///
/// Requests are well-formed ones that were read to their end, those to the sink's own paths left
/// out. Connections that are open stay counted as such over a reset.
package struct SinkStatistics: Equatable, Sendable {
    /// Requests to the provider.
    package var requests = 0
    /// Requests among them that had no idempotency key, or an empty one.
    package var requestsWithoutKey = 0
    /// Different keys.
    package var distinctKeys = 0
    /// Requests whose key had been seen before, whatever the fate of the earlier ones.
    package var duplicates = 0
    /// Requests that were given a 2xx answer.
    ///
    /// Counted, as a provider would take the message, when the request is read, even if the client
    /// does not wait for its answer.
    package var accepted = 0
    /// Different keys that were accepted more than once: messages that a recipient got twice.
    package var acceptedDuplicates = 0
    /// Acceptances of keys that had been accepted before.
    package var acceptedRepeats = 0
    /// Requests with a new key after `SinkLimits.keysMax` keys, of which nothing is remembered.
    package var untrackedKeys = 0

    /// Answers that were handed to the socket, by status, without those of the sink's own paths.
    package var statuses: [HTTPStatus: Int] = [:]
    /// Answers whose connection was gone before they were due.
    package var answersDropped = 0
    /// Requests that were met with a connection reset.
    package var resets = 0
    /// Requests that are never answered.
    package var stalls = 0
    /// Inputs that were refused as no acceptable HTTP/1 request; their connections were closed.
    package var refusedInputs = 0
    /// Requests to the sink's own paths.
    package var controlRequests = 0

    /// Bytes that were read from connections.
    package var bytesIn = 0
    /// Bytes of answers that were handed to sockets.
    package var bytesOut = 0

    /// Connections that were accepted.
    package var connectionsOpened = 0
    /// Connections that are open, whatever was reset since.
    package var connectionsNow = 0
    /// The most connections that were open at once.
    package var connectionsPeak = 0
    /// Connections beyond `SinkLimits.connectionsMax`, or that could not be accepted.
    package var connectionsRefused = 0

    /// Milliseconds since the sink's start, or the reset, at the snapshot.
    package var uptimeMilliseconds: UInt64 = 0
    /// When the first request arrived, in milliseconds since the start or the reset.
    package var firstRequestMilliseconds: UInt64?
    /// When the last request arrived, in milliseconds since the start or the reset.
    package var lastRequestMilliseconds: UInt64?
    /// Requests in each window of `SinkLimits.windowMilliseconds`; the first request opens window
    /// 0.
    package var windows: [UInt32] = []
    /// Whether requests came after the last window that is recorded (`SinkLimits.windowsMax`).
    package var windowsAreTruncated = false

    /// Statistics of a sink that has seen nothing.
    package init() {}
}
