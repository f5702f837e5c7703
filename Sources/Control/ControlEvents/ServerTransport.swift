package import CurlTransport
package import UVLoop

/// What the server's requests go out by: the one place of the control plane that names a transport.
package typealias ServerTransport = CurlCarrier

extension ServerTransport {
    /// Makes a transport on a loop, called on the loop's thread.
    ///
    /// - Throws: `TransportError` when it cannot be used.
    package static func onLoop(_ loop: EventLoop, flightsMax: Int) throws -> ServerTransport {
        try ServerTransport(loop: loop, options: CurlTransportOptions(flightsMax: flightsMax))
    }
}
