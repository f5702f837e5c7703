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
// 1. A connection's watcher stays as it is until libcurl closes the socket
//    (CURLOPT_CLOSESOCKETFUNCTION); REMOVE only clears `claimed`.
// 2. The watcher is touched only when a claim wants something else than what is armed.
// 3. An unclaimed connection that becomes readable (the server closes it) would call back in every
//    turn: its watcher is stopped, and armed again by the next claim.
// 4. Some sockets are closed without a callback: those that libcurl opens by itself, to be woken by
//    its resolver thread, and before 8.14 those that never became a connection, because the connect
//    or the handshake failed, timed out, was given up or lost to another address. All that is said
//    of them is REMOVE, so that of a socket on which no request was sent closes the watcher, before
//    the descriptor can mean something else.
// 5. Where a transfer goes on from a socket that was closed in silence to one of the same number,
//    libcurl sees no change and says nothing: the claim is carried over when one is opened.
// 6. Once in a while the sockets that are claimed are asked whether they are ready (`ready`). So an
//    event that did not come costs a transfer that time and no more; also where the kernel had no
//    room for a watcher.

/// What is known of one descriptor; meaningless zeroes for those that are not libcurl's.
// SAFETY: `lane` is only read while its transport is open.
@safe
struct SocketEntry {
    var poll: LoopPoll?
    /// The events that `poll` waits for, in libcurl's and libuv's common bits.
    var armed: Int32 = 0
    /// The events that a transfer waits for; 0 while none does.
    var claimed: Int32 = 0
    /// Whether this module opened the socket.
    var isConnection = false
    /// Whether a request has been sent on it, so that libcurl tells when it closes it.
    var isKept = false
    /// Whose multi handle has the socket, from its first claim on.
    var lane: UnsafeMutablePointer<Lane>?

    init() { unsafe lane = nil }

    /// Closes the watcher and forgets everything.
    mutating func clear() {
        poll?.close()
        self = SocketEntry()
    }
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
        for index in 0..<capacity { unsafe entries[index].clear() }
    }

    /// The claimed sockets that the kernel had no watcher for.
    func unwatched() -> [Int32] {
        (0..<capacity).filter { unsafe entries[$0].claimed != 0 && entries[$0].armed == 0 }
            .map { Int32($0) }
    }

    /// The claimed sockets that are ready, whatever their watchers have told: those with what was
    /// waited for, and those with an error.
    ///
    /// One system call (`poll(2)`, without waiting) and an allocation; not for the path of every
    /// message.
    ///
    /// - Returns: Their descriptors.
    func ready() -> [Int32] {
        var asked: [pollfd] = []
        for index in 0..<capacity {
            let claimed = unsafe entries[index].claimed
            guard claimed != 0 else { continue }
            var events: Int16 = 0
            if claimed & CURL_POLL_IN != 0 { events |= Int16(POLLIN) }
            if claimed & CURL_POLL_OUT != 0 { events |= Int16(POLLOUT) }
            asked.append(pollfd(fd: Int32(index), events: events, revents: 0))
        }
        guard !asked.isEmpty, unsafe poll(&asked, nfds_t(asked.count), 0) > 0 else { return [] }
        return asked.filter { $0.revents != 0 }.map(\.fd)
    }

    mutating func destroy() {
        unsafe entries.deinitialize(count: capacity)
        unsafe entries.deallocate()
        capacity = 0
    }
}
