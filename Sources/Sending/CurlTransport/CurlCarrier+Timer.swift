import CLibcurl
import UVLoop

// One timer serves all lanes. It fires at the earliest timeout that libcurl asked for, and every
// `housekeepingMilliseconds` while there are flights; then every lane with flights is called.
// Timeouts that were withdrawn since are not tracked: the call finds nothing to do.

extension CurlCarrier {
    /// Starts the timer if it would fire too late.
    func startTimer() {
        guard let timer else { return }
        var due = unsafe core.pointee.deadlineMilliseconds
        if due >= timerMilliseconds { return }
        let now = loop.now
        if flightCount > 0 {
            due = min(due, now + CurlTransportLimits.housekeepingMilliseconds)
        }
        guard due < timerMilliseconds else { return }
        timerMilliseconds = due
        timer.start(afterMilliseconds: due > now ? due - now : 0)
    }

    func timerFired() {
        timerMilliseconds = .max
        unsafe core.pointee.deadlineMilliseconds = .max
        guard flightCount > 0 else { return }
        markBusyLanes(from: 0, isOpen: openedPublicLanes)
        markBusyLanes(from: lanesPerPolicy, isOpen: openedPrivateLanes)
        kick()
    }

    private func markBusyLanes(from first: Int, isOpen: Bool) {
        guard isOpen else { return }
        for index in first..<first + lanesPerPolicy where unsafe lanes[index].added > 0 {
            unsafe core.pointee.dueLanes |= lanes[index].bit
        }
    }
}
