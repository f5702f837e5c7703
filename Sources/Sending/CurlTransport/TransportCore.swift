import UVLoop

/// What libcurl's callbacks and the transport share, at an address that does not change.
///
/// Guarded by the loop's thread. Reached through its pointer field by field: a callback runs inside
/// a call that the transport makes, so that nobody may hold the whole of it.
// SAFETY: the loop outlives the transport, which frees this after its last handle.
@safe
struct TransportCore {
    unowned(unsafe) let loop: EventLoop
    /// Lanes that libcurl wants to be called for without waiting.
    var dueLanes: UInt64 = 0
    /// Lanes that have results to be taken.
    var readyLanes: UInt64 = 0
    /// The loop's time of the earliest timeout that libcurl asked for since the timer last fired.
    var deadlineMilliseconds = UInt64.max
    var sockets = SocketTable()
    /// How often the kernel had no watcher for a socket.
    var watchersRefused: UInt64 = 0

    init(loop: EventLoop) {
        unsafe self.loop = loop
    }
}
