/// The limits of the module.
package enum CurlTransportLimits {
    /// Connections of one lane (a libcurl multi handle) that may be busy at once.
    ///
    /// libcurl 7.88 scans the list of a host's connections several times per request: 64 busy ones cost
    /// nothing that can be seen, 256 cost 15 % and 1,024 double the price of a request. With more flights
    /// the transport makes more lanes.
    package static let flightsPerLaneMax = 256

    /// Flights of one host that share its home lane before others are used as well.
    ///
    /// Keeps a slow trickle of requests to a host on few warm connections. Beyond it the lane with the
    /// fewest flights is taken.
    package static let flightsAtHomeMax = 64

    /// Lanes of one transport: sets of lanes are bits of one word.
    ///
    /// Bounds `flightsMax` of the options.
    package static let lanesMax = 64

    /// Flights that one transport can carry: half of the lanes for either network policy.
    ///
    /// More is a bug of the caller.
    package static let flightsMax = flightsPerLaneMax * lanesMax / 2

    /// Connections that a lane keeps open, busy and idle ones.
    ///
    /// When a request ends and there are more, libcurl closes the one that has been idle for
    /// longest.
    package static let connectionsPerLaneMax = 2 * flightsPerLaneMax

    /// Bytes of libcurl's receive buffer, which 7.88 allocates for each busy transfer.
    ///
    /// Answers of providers are short; a longer one costs more reads.
    package static let receiveBufferBytes = 4_096

    /// Bytes of libcurl's upload buffer: its minimum.
    ///
    /// Short bodies go out with the header block and never touch it.
    package static let uploadBufferBytes = 16_384

    /// Milliseconds after which all lanes with flights are looked at, whatever libcurl's timers say:
    /// before 8.11 it forgets to report a timeout that equals the last one.
    package static let housekeepingMilliseconds: UInt64 = 250

    /// Header lines of a target or of a request.
    ///
    /// `prepare` refuses more.
    package static let headerLinesMax = 64

    /// Bytes of a target's URL, method or header line.
    ///
    /// `prepare` refuses more.
    package static let fieldBytesMax = 16_384
}
