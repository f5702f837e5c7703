import CLibcurl
package import Engine

extension CurlCarrier {
    /// Takes a finished flight; its bytes and its number are the caller's again.
    ///
    /// - Returns: How it ended, `nil` when none has for now; what it holds of the answer stays
    ///   until the next call.
    package func nextCompletion() -> TransferCompletion? {
        if endedFirst >= 0 { return takeEnded() }
        guard let finished = unsafe takeFromLibcurl() else { return nil }
        let answer = unsafe finished.slot.pointee.answer.view
        unsafe recycle(finished.slot)
        return unsafe TransferCompletion(finished.result, answer: answer)
    }

    /// Takes a transfer that libcurl has finished out of its lane.
    @inline(__always)
    func takeFromLibcurl() -> (slot: UnsafeMutablePointer<EasySlot>, result: TransferResult)? {
        while unsafe core.pointee.readyLanes != 0 {
            let lane = unsafe lanes + core.pointee.readyLanes.trailingZeroBitCount
            guard let (easy, code) = unsafe Lane.nextFinished(of: lane) else {
                unsafe core.pointee.readyLanes &= ~lane.pointee.bit
                continue
            }
            var context: UnsafeMutableRawPointer?
            _ = unsafe clibcurl_easy_get_private(easy, &context)
            let slot = unsafe EasyCallbacks.slot(context)
            let result = unsafe makeResult(slot, code: code)
            unsafe Lane.remove(easy, from: lane, isFinished: true)
            unsafe slot.pointee.lane = nil
            return unsafe (slot, result)
        }
        return nil
    }

    /// Reads off a handle how its transfer ended.
    func makeResult(_ slot: UnsafeMutablePointer<EasySlot>, code: CURLcode) -> TransferResult {
        var status = 0
        if unsafe slot.pointee.circumstances.contains(.requestLeft) {
            _ = unsafe clibcurl_easy_get_long(
                slot.pointee.easy, CURLINFO_RESPONSE_CODE, &status)
        }
        let isFinal = TransferOutcome.isFinal(status: status)
        var retryAfterSeconds: Int32 = -1
        if isFinal, TransferOutcome.mayCarryRetryAfter(status: status) {
            var seconds = 0
            _ = unsafe clibcurl_easy_get_offset(
                slot.pointee.easy, CURLINFO_RETRY_AFTER, &seconds)
            retryAfterSeconds = TransferOutcome.retryAfter(seconds)
        }
        if unsafe slot.pointee.answer.isAsked {
            unsafe slot.pointee.answer.finish(
                slot.pointee.easy, targets[Int(slot.pointee.target)].answerFields,
                isFinal: isFinal, isWhole: code == CURLE_OK)
        }
        return unsafe TransferResult(
            flight: FlightID(slot.pointee.flight),
            status: isFinal ? UInt16(status) : 0,
            failure: isFinal
                ? .none : TransferOutcome.failure(code: code.rawValue, slot.pointee.circumstances),
            transportCode: UInt16(truncatingIfNeeded: code.rawValue),
            requestLeft: slot.pointee.circumstances.contains(.requestLeft),
            wireAttempts: slot.pointee.wireAttempts,
            retryAfterSeconds: retryAfterSeconds)
    }

    /// Keeps the result of a flight that libcurl does not report.
    func end(_ slot: UnsafeMutablePointer<EasySlot>, with result: TransferResult) {
        let index = Int32(unsafe slot - slots)
        unsafe slot.pointee.result = result
        unsafe slot.pointee.next = -1
        if endedFirst < 0 {
            endedFirst = index
        } else {
            unsafe slots[Int(endedLast)].next = index
        }
        endedLast = index
    }

    private func takeEnded() -> TransferCompletion? {
        let slot = unsafe slots + Int(endedFirst)
        endedFirst = unsafe slot.pointee.next
        guard let result = unsafe slot.pointee.result else {
            preconditionFailure("A flight ended without a result.")
        }
        unsafe slot.pointee.result = nil
        let answer = unsafe slot.pointee.answer.view
        unsafe recycle(slot)
        return TransferCompletion(result, answer: answer)
    }
}
