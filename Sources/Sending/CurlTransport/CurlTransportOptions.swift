/// How a `CurlTransport` is set up; the same for all of its targets.
package struct CurlTransportOptions: Sendable {
    /// Flights at one time; every `FlightID` is below it.
    ///
    /// At most `CurlTransportLimits.flightsMax`.
    package var flightsMax: Int
    /// Targets at one time.
    ///
    /// `prepare` refuses more.
    package var targetsMax = 1_024
    /// A PEM file of the certificate authorities to trust, instead of the system's.
    package var certificateAuthoritiesFile: String?
    /// Whether HTTP/2 is offered to `https` servers.
    ///
    /// libcurl 7.88 sends a body in HTTP/2 with a system call of its own, and reports some answers
    /// that came before it as errors.
    package var offersHTTP2 = false
    /// Bytes of an answer's body that are read.
    ///
    /// A longer one is cut off, with its connection.
    package var responseBytesMax = 65_536
    /// Seconds that a connection may have been idle and still be used.
    ///
    /// Below the 60 s of common servers' keep-alive, so that few requests meet a connection that is
    /// just being closed.
    package var connectionIdleSecondsMax = 50
    /// Seconds that an address is remembered, shared by all lanes.
    ///
    /// The system's resolver runs in a thread for each look-up.
    package var resolvedSecondsMax = 60

    package init(flightsMax: Int) {
        self.flightsMax = flightsMax
    }

    /// Sockets that a transport may have open at one time: what to add to the process's limit of
    /// open files.
    ///
    /// Half of it when all targets have the same network policy.
    package var connectionsMax: Int { 2 * lanesPerPolicy * connectionsPerLaneMax }

    /// Lanes for either network policy.
    var lanesPerPolicy: Int {
        let wanted = (flightsMax - 1) / CurlTransportLimits.flightsPerLane + 1
        return min(wanted, CurlTransportLimits.lanesMax / 2)
    }

    /// Connections that a lane keeps: for as many flights as it may have at one time.
    var connectionsPerLaneMax: Int {
        let share = (flightsMax - 1) / lanesPerPolicy + 1
        return CurlTransportLimits.connectionsPerFlight
            * max(share, min(flightsMax, CurlTransportLimits.flightsPerLane))
    }
}
