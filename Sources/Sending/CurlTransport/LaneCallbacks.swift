import CLibcurl
import UVLoop

/// The callbacks of a multi handle; their context is the lane.
enum LaneCallbacks {
    /// `CURLMOPT_SOCKETFUNCTION`: what transfers wait for on a socket.
    static let socket: curl_socket_callback = { _, socket, what, context, _ in
        let lane = unsafe lane(context)
        let core = unsafe lane.pointee.core
        let entry = unsafe core.pointee.sockets.entry(socket)
        if what == CURL_POLL_REMOVE {
            unsafe entry.pointee.claimed = 0
            if unsafe !entry.pointee.isConnection {
                unsafe entry.pointee.poll?.close()
                unsafe entry.pointee = SocketEntry()
            }
            return 0
        }
        let events = what & CURL_POLL_INOUT
        unsafe entry.pointee.claimed = events
        if unsafe entry.pointee.armed == events { return 0 }
        if unsafe entry.pointee.poll == nil {
            // Fails only when the kernel is out of memory or watches; the transfer then ends by its
            // timeout.
            unsafe entry.pointee.poll = try? LoopPoll(
                core.pointee.loop, descriptor: socket, handler: lane.pointee.events)
        }
        unsafe arm(entry, events)
        return 0
    }

    /// `CURLMOPT_TIMERFUNCTION`: when libcurl wants to be called without an event.
    ///
    /// A timeout that is withdrawn (−1) or moved back is not: a call that is not needed is cheap
    /// and rare.
    static let timer: curl_multi_timer_callback = { _, milliseconds, context in
        let lane = unsafe lane(context)
        let core = unsafe lane.pointee.core
        if milliseconds == 0 {
            unsafe core.pointee.dueLanes |= lane.pointee.bit
        } else if milliseconds > 0 {
            // One more, because the loop's time may be up to one millisecond behind.
            let deadline = unsafe core.pointee.loop.now + UInt64(milliseconds) + 1
            if unsafe deadline < core.pointee.deadlineMilliseconds {
                unsafe core.pointee.deadlineMilliseconds = deadline
            }
        }
        return 0
    }

    /// Waits for `events` on a socket.
    static func arm(_ entry: UnsafeMutablePointer<SocketEntry>, _ events: Int32) {
        guard let poll = unsafe entry.pointee.poll else { return }
        do {
            try poll.start(PollEvents(rawValue: events))
            unsafe entry.pointee.armed = events
        } catch {
            // As above: the transfer ends by its timeout.
            unsafe entry.pointee.armed = 0
        }
    }

    /// The one place that turns a context back into a lane.
    @inline(__always)
    private static func lane(_ context: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<Lane> {
        guard let context = unsafe context else {
            preconditionFailure("A multi handle called back without its lane.")
        }
        return unsafe context.assumingMemoryBound(to: Lane.self)
    }
}
