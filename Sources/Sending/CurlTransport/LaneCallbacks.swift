import CLibcurl
import UVLoop

/// The callbacks of a multi handle; their context is the lane.
enum LaneCallbacks {
    /// `CURLMOPT_SOCKETFUNCTION`: what transfers wait for on a socket.
    static let socket: curl_socket_callback = { easy, socket, what, context, _ in
        let lane = unsafe lane(context)
        let core = unsafe lane.pointee.core
        let entry = unsafe core.pointee.sockets.entry(socket)
        if what == CURL_POLL_REMOVE {
            if unsafe !entry.pointee.isKept && entry.pointee.isConnection {
                unsafe entry.pointee.isKept = isOnWire(easy)
            }
            if unsafe entry.pointee.isKept {
                unsafe entry.pointee.claimed = 0
            } else {
                // It may be closed already, and nothing else will say so.
                unsafe entry.pointee.clear()
            }
            return 0
        }
        let events = what & CURL_POLL_INOUT
        unsafe entry.pointee.claimed = events
        unsafe entry.pointee.lane = lane
        if unsafe entry.pointee.armed != events { unsafe arm(entry, socket, events) }
        return 0
    }

    /// Whether a transfer has sent its request since it last opened a socket.
    private static func isOnWire(_ easy: UnsafeMutableRawPointer?) -> Bool {
        guard let easy = unsafe easy else { return false }
        var context: UnsafeMutableRawPointer?
        _ = unsafe clibcurl_easy_get_private(easy, &context)
        // From 8.12 on libcurl has a handle of its own, which closes connections in order.
        guard let context = unsafe context else { return false }
        return unsafe EasyCallbacks.slot(context).pointee.isOnWire
    }

    /// Begins the entry of a connection that a transfer has opened.
    static func opened(_ socket: curl_socket_t, by slot: UnsafeMutablePointer<EasySlot>) {
        let core = unsafe slot.pointee.core
        let entry = unsafe core.pointee.sockets.entry(socket)
        // Of a socket that was closed in silence, whose claim libcurl may take for this one's.
        let claimed = unsafe entry.pointee.lane == slot.pointee.lane ? entry.pointee.claimed : 0
        unsafe entry.pointee.clear()
        unsafe entry.pointee.isConnection = true
        unsafe slot.pointee.isOnWire = false
        guard claimed != 0 else { return }
        unsafe entry.pointee.claimed = claimed
        unsafe entry.pointee.lane = slot.pointee.lane
        unsafe arm(entry, socket, claimed)
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

    /// Waits for `events` on a socket that a lane has claimed.
    ///
    /// A kernel without memory or watches to spare refuses; the socket is then asked in intervals
    /// until it has (`CurlCarrier.askSockets`).
    static func arm(
        _ entry: UnsafeMutablePointer<SocketEntry>, _ socket: curl_socket_t, _ events: Int32
    ) {
        guard let lane = unsafe entry.pointee.lane else { return }
        let core = unsafe lane.pointee.core
        unsafe entry.pointee.armed = 0
        do throws(LoopError) {
            let poll =
                if let poll = unsafe entry.pointee.poll { poll } else {
                    try unsafe LoopPoll(
                        core.pointee.loop, descriptor: socket, handler: lane.pointee.events)
                }
            unsafe entry.pointee.poll = poll
            try poll.start(PollEvents(rawValue: events))
            unsafe entry.pointee.armed = events
        } catch {
            assert(error.code != .alreadyExists, "A descriptor has a watcher that was forgotten.")
            unsafe core.pointee.watchersRefused &+= 1
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
