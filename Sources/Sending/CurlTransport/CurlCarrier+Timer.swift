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
        askSockets()
        markBusyLanes(from: 0, isOpen: openedPublicLanes)
        markBusyLanes(from: lanesPerPolicy, isOpen: openedPrivateLanes)
        kick()
    }

    /// Asks the sockets that transfers wait for whether they are ready, and sees to those that have
    /// no watcher.
    private func askSockets() {
        guard loop.now >= askedMilliseconds + CurlTransportLimits.askingMilliseconds else { return }
        askedMilliseconds = loop.now
        for socket in unsafe core.pointee.sockets.ready() {
            // Looked up anew: to act on another may have closed it.
            let entry = unsafe core.pointee.sockets.entry(socket)
            guard unsafe entry.pointee.claimed != 0, let lane = unsafe entry.pointee.lane else {
                continue
            }
            unsafe Lane.act(lane, on: socket, events: CURL_CSELECT_IN | CURL_CSELECT_OUT)
        }
        for socket in unsafe core.pointee.sockets.unwatched() {
            let entry = unsafe core.pointee.sockets.entry(socket)
            unsafe LaneCallbacks.arm(entry, socket, entry.pointee.claimed)
        }
    }

    private func markBusyLanes(from first: Int, isOpen: Bool) {
        guard isOpen else { return }
        for index in first..<first + lanesPerPolicy where unsafe lanes[index].added > 0 {
            unsafe core.pointee.dueLanes |= lanes[index].bit
        }
    }
}
