import CLibcurl
import Engine
import UVLoop

extension CurlCarrier {
    /// Ends every flight: what is on the wire is aborted, with its connection.
    ///
    /// Flights that had finished keep their result; the others complete as `connectionLost`.
    /// Connections that are idle stay.
    package func cancelAll() {
        while let finished = unsafe takeFromLibcurl() {
            unsafe end(finished.slot, with: finished.result)
        }
        for index in 0..<Int(slotCount) {
            let slot = unsafe slots + index
            guard let lane = unsafe slot.pointee.lane else { continue }
            var result = unsafe makeResult(slot, code: CURLE_ABORTED_BY_CALLBACK)
            if result.failure != .none { result.failure = .connectionLost }
            unsafe Lane.remove(slot.pointee.easy, from: lane, isFinished: false)
            unsafe slot.pointee.lane = nil
            unsafe end(slot, with: result)
        }
    }

    /// Cancels all flights, closes all connections and gives all handles back.
    ///
    /// The loop can be closed after it. Completions can still be taken; nothing else can be done.
    package func close() {
        guard !isClosed else { return }
        cancelAll()
        isClosed = true
        timer?.close()
        timer = nil
        for index in 0..<lanesPerPolicy {
            if openedPublicLanes { unsafe Lane.close(at: lanes + index) }
            if openedPrivateLanes { unsafe Lane.close(at: lanes + lanesPerPolicy + index) }
        }
        for index in 0..<Int(slotCount) {
            unsafe curl_easy_cleanup(slots[index].easy)
            unsafe slots[index].headers.destroy()
        }
        let code = unsafe curl_share_cleanup(share)
        precondition(code == CURLSHE_OK, "A share handle was closed while in use.")
        unsafe core.pointee.sockets.closePolls()
        unsafe core.pointee.dueLanes = 0
        unsafe core.pointee.readyLanes = 0
    }
}
