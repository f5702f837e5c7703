import CLibcurl
package import Engine
import Glibc

extension CurlCarrier {
    /// Begins a request with the next `kick()`.
    ///
    /// Never fails: what is wrong with the request becomes its completion.
    ///
    /// - Parameters:
    ///   - flight: A number below `flightsMax` that no flight bears for now.
    ///   - request: Its bytes stay in place until the completion was taken.
    package func start(_ flight: FlightID, _ request: TransferRequest) {
        precondition(!isClosed, "A request was started on a closed transport.")
        precondition(flight.rawValue < options.flightsMax, "A flight's number is out of range.")
        let index = Int(request.target.rawValue)
        precondition(
            unsafe index < targetCount && !targets[index].isReleased,
            "A request was started for a target that is not prepared.")
        let slot = unsafe takeSlot(for: index)
        flightCount &+= 1
        unsafe targets[index].flightCount &+= 1
        unsafe slot.pointee.flight = flight.rawValue
        unsafe slot.pointee.isFlying = true
        unsafe slot.pointee.circumstances = []
        unsafe slot.pointee.wireAttempts = 0
        unsafe slot.pointee.isOnWire = false
        unsafe slot.pointee.bodyBytesLeft = options.responseBytesMax

        unsafe slot.pointee.answer.begin()

        guard
            unsafe slot.pointee.headers.write(
                targets[index].linePrefixes.values, request.fields)
        else { return unsafe refuse(slot, CURLE_BAD_FUNCTION_ARGUMENT) }
        var url: UnsafePointer<CChar>?
        var hash = unsafe targets[index].hostHash
        if let address = request.address {
            guard let text = unsafe write(address) else {
                return unsafe refuse(slot, CURLE_URL_MALFORMAT)
            }
            unsafe url = text
            hash = UInt32(truncatingIfNeeded: address.hostHash)
        }
        let body = unsafe request.body
        let code = unsafe clibcurl_easy_set_request(
            slot.pointee.easy, url, body.baseAddress, body.count)
        guard code == CURLE_OK else { return unsafe refuse(slot, code) }

        let lane = unsafe self.lane(
            hash: hash, allowsPrivateNetworks: slot.pointee.allowsPrivateNetworks)
        guard unsafe Lane.add(slot.pointee.easy, to: lane) == CURLM_OK else {
            return unsafe refuse(slot, CURLE_OUT_OF_MEMORY)
        }
        unsafe slot.pointee.lane = lane
    }

    /// Lays an address out as a URL with a NUL, which libcurl copies.
    ///
    /// - Returns: The URL, valid until the next one; `nil` for one that a NUL would cut off.
    private func write(_ address: RequestAddress) -> UnsafePointer<CChar>? {
        let prefix = address.scheme.prefix
        let scheme = unsafe UnsafeRawBufferPointer(
            start: prefix.utf8Start, count: prefix.utf8CodeUnitCount)
        let count = unsafe scheme.count + address.authority.count + address.path.count
        let start = unsafe urlText.room(count + 1)
        let end = unsafe start.write(scheme).write(address.authority).write(address.path)
        unsafe end.pointee = 0
        return unsafe memchr(start, 0, count) == nil ? UnsafePointer(start) : nil
    }

    /// Chooses a lane: the host's own, so that it finds its warm connections, unless that has much
    /// to do; then the one with the fewest flights.
    @inline(__always)
    private func lane(hash: UInt32, allowsPrivateNetworks: Bool) -> UnsafeMutablePointer<Lane> {
        let first = unsafe allowsPrivateNetworks ? lanes + lanesPerPolicy : lanes
        let home = unsafe first + Int(hash % UInt32(truncatingIfNeeded: lanesPerPolicy))
        if unsafe home.pointee.added < CurlTransportLimits.flightsPerLane { return unsafe home }
        var best = unsafe home
        for index in 0..<lanesPerPolicy {
            let lane = unsafe first + index
            if unsafe lane.pointee.added < best.pointee.added { unsafe best = lane }
        }
        return unsafe best
    }

    /// Ends a flight that could not begin.
    private func refuse(_ slot: UnsafeMutablePointer<EasySlot>, _ code: CURLcode) {
        let result = unsafe makeResult(slot, code: code)
        unsafe end(slot, with: result)
    }
}
