/// The limits of the module.
package enum CurlTransportLimits {
    /// Flights that a lane (a libcurl multi handle) is meant for.
    ///
    /// For each request libcurl 7.88 goes through the host's connections until it finds an idle
    /// one, and through the multi handle's. 64 are cheap; 256 make a request 15 to 30 % dearer,
    /// 1,024 twice as dear. So a transport for more flights has more lanes. A host's flights begin
    /// to use other lanes than its own when that has so many; below it a trickle of requests stays
    /// on few warm connections.
    package static let flightsPerLane = 64

    /// Flights of a lane when a transport carries all it can.
    ///
    /// Follows from `lanesMax` and `flightsMax`.
    package static let flightsPerLaneMax = 256

    /// Lanes of one transport, half of them for either network policy.
    ///
    /// Sets of lanes are bits of one word.
    package static let lanesMax = 64

    /// Bound of `flightsMax` of the options.
    ///
    /// More is a bug of the caller.
    package static let flightsMax = flightsPerLaneMax * lanesMax / 2

    /// Connections that a lane keeps open for each flight that it may have, busy and idle ones
    /// together.
    ///
    /// When a request ends and there are more, libcurl closes the one that has been idle for
    /// longest. Below 1 it would close connections that the next request needs.
    package static let connectionsPerFlight = 2

    /// Bytes of libcurl's receive buffer, which 7.88 allocates for each busy transfer.
    ///
    /// Answers of providers are short; a longer one costs more reads. libcurl adds one byte, which
    /// makes it a power of two.
    package static let receiveBufferBytes = 4_095

    /// Bytes of libcurl's upload buffer: its minimum.
    ///
    /// Short bodies go out with the header block and never touch it.
    package static let uploadBufferBytes = 16_384

    /// Milliseconds after which all lanes with flights are looked at, whatever libcurl's timers
    /// say: before 8.11 it forgets to report a timeout that equals the last one.
    package static let housekeepingMilliseconds: UInt64 = 250

    /// Milliseconds after which the sockets that transfers wait for are asked whether they are
    /// ready, whatever their watchers say.
    package static let askingMilliseconds: UInt64 = 1_000

    /// Header fields of a target or of a request.
    ///
    /// `prepare` refuses more.
    package static let headerFieldsMax = 64

    /// Bytes of a target's URL, method or header field.
    ///
    /// `prepare` refuses more.
    package static let fieldBytesMax = 16_384
}
