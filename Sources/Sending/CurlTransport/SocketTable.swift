import CLibcurl
import Glibc
import UVLoop

// The sockets of a transport, by descriptor, and what its loop waits for on them.
//
// libcurl announces a socket twice per request: it lets go of it when a transfer ends
// (CURL_POLL_REMOVE) and claims it again when the next one starts on the same connection. To follow
// that would cost two changes of the epoll set, each a system call, per request: a third of the
// price of a small POST. So:
//
// 1. A connection's watcher stays as it is from its first claim until libcurl closes the socket
//    (CURLOPT_CLOSESOCKETFUNCTION); REMOVE only clears `claimed`.
// 2. The watcher is touched only when a claim wants something else than what is armed.
// 3. An unclaimed connection that becomes readable (the server closes it) would call back in every
//    turn: its watcher is stopped, and armed again by the next claim.
// 4. Sockets that libcurl opens by itself, to be woken by its resolver thread, are closed without a
//    callback: their watcher is closed on REMOVE, before the descriptor can mean something else.

/// What is known of one descriptor; meaningless zeroes for those that are not libcurl's.
struct SocketEntry {
    var poll: LoopPoll?
    /// The events that `poll` waits for, in libcurl's and libuv's common bits.
    var armed: Int32 = 0
    /// The events that a transfer waits for; 0 while none does.
    var claimed: Int32 = 0
    /// Whether this module opened the socket, and so hears of its end.
    var isConnection = false
}

/// Entries by descriptor, growing with the largest one.
// SAFETY: it owns the entries until `destroy`, and grows before a descriptor beyond them is looked
// up.
@safe
struct SocketTable {
    private var entries: UnsafeMutablePointer<SocketEntry>
    private var capacity: Int

    init() {
        capacity = 256
        unsafe entries = UnsafeMutablePointer<SocketEntry>.allocate(capacity: capacity)
        unsafe entries.initialize(repeating: SocketEntry(), count: capacity)
    }

    /// The entry of a descriptor; valid until the next call for a larger one.
    @inline(__always)
    mutating func entry(_ descriptor: Int32) -> UnsafeMutablePointer<SocketEntry> {
        let index = Int(descriptor)
        if index >= capacity { grow(to: index + 1) }
        return unsafe entries + index
    }

    private mutating func grow(to count: Int) {
        let newCapacity = max(count, 2 * capacity)
        let moved = UnsafeMutablePointer<SocketEntry>.allocate(capacity: newCapacity)
        unsafe moved.moveInitialize(from: entries, count: capacity)
        unsafe (moved + capacity).initialize(
            repeating: SocketEntry(), count: newCapacity - capacity)
        unsafe entries.deallocate()
        unsafe entries = moved
        capacity = newCapacity
    }

    /// Closes what watchers are left.
    mutating func closePolls() {
        for index in 0..<capacity {
            unsafe entries[index].poll?.close()
            unsafe entries[index] = SocketEntry()
        }
    }

    mutating func destroy() {
        unsafe entries.deinitialize(count: capacity)
        unsafe entries.deallocate()
        capacity = 0
    }
}
