import CLibcurl
import Engine
import UVLoop

// A lane is one libcurl multi handle with its connections.
//
// A transport has several, because the price of a request grows with the connections of a multi
// handle (`CurlTransportLimits.flightsPerLane`), and those of targets that may dial private
// networks are not those of targets that may not, so that no connection is ever shared between the
// two.
//
//     add ──▶ added ──(libcurl finishes it)──▶ ready ──remove──▶ gone
//
// 1. `added` counts the transfers between add and remove, `running` those of them that libcurl has
//    not finished. The difference is what `curl_multi_info_read` has to give, so that it is called
//    exactly as often as it has something.
// 2. libcurl is never called from one of its own callbacks. The timeout of zero that it asks for
//    with every added transfer only sets the lane's bit in `dueLanes`; one call per turn serves
//    all.

/// One multi handle; lives at a fixed address, which is the context of its callbacks.
// SAFETY: the multi handle is the lane's own, and `core` outlives all lanes.
@safe
struct Lane {
    let multi: UnsafeMutableRawPointer
    let core: UnsafeMutablePointer<TransportCore>
    /// The lane's bit in the sets of lanes.
    let bit: UInt64
    /// Receives the events of the lane's sockets.
    let events: LaneEvents
    var added: Int32 = 0
    var running: Int32 = 0

    /// Opens a lane in place.
    static func open(
        at lane: UnsafeMutablePointer<Lane>, bit: UInt64, connectionsMax: Int,
        core: UnsafeMutablePointer<TransportCore>
    ) throws(TransportError) {
        guard let multi = unsafe curl_multi_init() else {
            throw TransportError(field: "transport", message: "libcurl gives no multi handle")
        }
        unsafe lane.initialize(
            to: Lane(multi: multi, core: core, bit: bit, events: LaneEvents(lane: lane)))
        let context = UnsafeMutableRawPointer(lane)
        unsafe clibcurl_multi_set_socket(multi, LaneCallbacks.socket)
        unsafe clibcurl_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, context)
        unsafe clibcurl_multi_set_timer(multi, LaneCallbacks.timer)
        unsafe clibcurl_multi_set_pointer(multi, CURLMOPT_TIMERDATA, context)
        unsafe clibcurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, connectionsMax)
    }

    /// Closes the lane's connections; it must be empty.
    static func close(at lane: UnsafeMutablePointer<Lane>) {
        unsafe precondition(lane.pointee.added == 0, "A lane was closed with transfers in it.")
        _ = unsafe curl_multi_cleanup(lane.pointee.multi)
    }

    /// Hands a transfer to libcurl, which begins it when the lane is called for what is due.
    ///
    /// - Returns: libcurl's answer.
    @inline(__always)
    static func add(
        _ easy: UnsafeMutableRawPointer, to lane: UnsafeMutablePointer<Lane>
    ) -> CURLMcode {
        let code = unsafe curl_multi_add_handle(lane.pointee.multi, easy)
        if code == CURLM_OK {
            unsafe lane.pointee.added &+= 1
            unsafe lane.pointee.running &+= 1
            unsafe lane.pointee.core.pointee.dueLanes |= lane.pointee.bit
        }
        return code
    }

    /// Takes a transfer out, finished or not; an unfinished HTTP/1 transfer takes its connection
    /// along.
    @inline(__always)
    static func remove(
        _ easy: UnsafeMutableRawPointer, from lane: UnsafeMutablePointer<Lane>, isFinished: Bool
    ) {
        unsafe lane.pointee.added &-= 1
        if !isFinished { unsafe lane.pointee.running &-= 1 }
        _ = unsafe curl_multi_remove_handle(lane.pointee.multi, easy)
    }

    /// The next finished transfer with its result, `nil` when there is none for now.
    @inline(__always)
    static func nextFinished(
        of lane: UnsafeMutablePointer<Lane>
    ) -> (easy: UnsafeMutableRawPointer, code: CURLcode)? {
        guard unsafe lane.pointee.added > lane.pointee.running else { return nil }
        var left: Int32 = 0
        guard let message = unsafe curl_multi_info_read(lane.pointee.multi, &left),
            let easy = unsafe message.pointee.easy_handle
        else { return nil }
        return unsafe (easy, clibcurl_message_result(message))
    }

    /// Lets libcurl act on a socket's events, or on what is due (`curl_multi_socket_action`).
    @inline(__always)
    static func act(
        _ lane: UnsafeMutablePointer<Lane>, on socket: curl_socket_t, events: Int32
    ) {
        var running: Int32 = 0
        let code = unsafe curl_multi_socket_action(lane.pointee.multi, socket, events, &running)
        precondition(code != CURLM_RECURSIVE_API_CALL, "libcurl was called from its own callback.")
        unsafe lane.pointee.running = running
        if unsafe running < lane.pointee.added {
            unsafe lane.pointee.core.pointee.readyLanes |= lane.pointee.bit
        }
    }
}

/// Passes the events of a lane's sockets to libcurl.
// SAFETY: the lane outlives every watcher that holds this object.
@safe
final class LaneEvents: LoopPollHandler {
    /// Outlives every watcher: the transport frees its lanes after it has closed them.
    private let lane: UnsafeMutablePointer<Lane>

    init(lane: UnsafeMutablePointer<Lane>) {
        unsafe self.lane = lane
    }

    func pollReady(_ poll: LoopPoll, events: PollEvents) {
        let socket = poll.descriptor
        let core = unsafe lane.pointee.core
        let wasClaimed = unsafe core.pointee.sockets.entry(socket).pointee.claimed != 0
        unsafe Lane.act(
            lane, on: socket, events: events.rawValue & (CURL_CSELECT_IN | CURL_CSELECT_OUT))
        if wasClaimed { return }
        // Nobody waits for this connection, and libcurl ignores its events until somebody does. The
        // entry is looked up anew: libcurl may have closed the socket.
        let entry = unsafe core.pointee.sockets.entry(socket)
        if unsafe entry.pointee.claimed == 0, unsafe entry.pointee.poll === poll {
            poll.stop()
            unsafe entry.pointee.armed = 0
        }
    }

    func pollFailed(_ poll: LoopPoll, error: LoopError) {
        let socket = poll.descriptor
        let core = unsafe lane.pointee.core
        unsafe core.pointee.sockets.entry(socket).pointee.armed = 0
        // Not CURL_CSELECT_ERR: with it libcurl gives up without reading, although an answer may
        // have come before the reset. Told to read and write it finds out by itself what is wrong.
        unsafe Lane.act(lane, on: socket, events: CURL_CSELECT_IN | CURL_CSELECT_OUT)
        // A transfer that still waits for the socket has not renewed its claim, as libcurl sees no
        // change.
        let entry = unsafe core.pointee.sockets.entry(socket)
        if unsafe entry.pointee.claimed != 0, unsafe entry.pointee.armed == 0 {
            unsafe LaneCallbacks.arm(entry, socket, unsafe entry.pointee.claimed)
        }
    }
}
