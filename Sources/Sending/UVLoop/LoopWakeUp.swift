import CLibuv
import Structures
import Synchronization

// A wake-up that any thread may send.
//
// 1. Coalesced: the handler runs at least once after the last `send()`, not once for each.
//    `pending` is set by the first sender and cleared by the loop before it calls the handler. Both
//    sides use a read-modify-write with acquire and release, so a sender that finds it set has its
//    former writes seen by the handler run that is still to come, and a sender that comes later
//    wakes the loop again. (libuv's own test of its flag is a plain read, which the processor may
//    move before the sender's queue write.)
// 2. `send()` after `close()` is harmless: `target` is emptied under its lock before `uv_close`,
//    and the call into libuv is made under the same lock. The lock is taken only by the sender that
//    turned `pending` on.
// 3. `core`, and with it the loop, is touched on the owner's thread only.

/// A wake-up of an event loop from any thread
/// ([`uv_async_t`](https://docs.libuv.org/en/v1.x/async.html)).
///
/// `send()` may be called on any thread at any time, even after the wake-up was closed; all else
/// belongs to the loop's thread.
// SAFETY: of `core` invariant 3 holds, which each of its calls checks in release builds; what
// senders share is atomic or under a lock.
package final class LoopWakeUp: @unchecked Sendable {
    private let core: AsyncHandle
    private let pending = Atomic<Bool>(false)
    /// The address of the `uv_async_t` that senders call into, nil once it is closing.
    ///
    /// As a number, because a pointer may not go to another thread; it is followed under the lock
    /// alone.
    private let target: Guarded<UInt?>

    /// Opens a wake-up.
    ///
    /// - Parameters:
    ///   - loop: The loop, owned by the calling thread.
    ///   - handler: Called on the loop's thread after one or more sends; held until the wake-up is
    ///     closed.
    /// - Throws: `LoopError` when the loop's event descriptor cannot be opened.
    package init(_ loop: EventLoop, handler: @escaping (LoopWakeUp) -> Void) throws(LoopError) {
        core = try AsyncHandle(loop)
        target = Guarded(UInt(bitPattern: unsafe core.pointer(as: uv_async_t.self)))
        core.fired = { [unowned self] in
            _ = pending.exchange(false, ordering: .acquiringAndReleasing)
            handler(self)
        }
        core.closing = { [unowned self] in target.withLock { $0 = nil } }
        core.owner = self
    }

    /// Makes the loop call the handler (`uv_async_send`); may be called on any thread.
    ///
    /// What the caller wrote before is visible to the handler. Cheap while an earlier send is still
    /// pending.
    package func send() {
        guard !pending.exchange(true, ordering: .acquiringAndReleasing) else { return }
        target.withLock { address in
            guard let address else { return }
            _ = unsafe uv_async_send(UnsafeMutablePointer(bitPattern: address))
        }
    }

    /// Closes the wake-up; see `LoopHandle.close()`.
    package func close() { core.close() }

    /// See `LoopHandle.isClosed`.
    package var isClosed: Bool { core.isClosed }

    /// See `LoopHandle.keepsLoopAlive`.
    package var keepsLoopAlive: Bool {
        get { core.keepsLoopAlive }
        set { core.keepsLoopAlive = newValue }
    }
}

/// The loop's side of a wake-up.
private final class AsyncHandle: LoopHandle {
    var fired: (() -> Void)?
    var closing: (() -> Void)?
    /// Holds the wake-up while the handle is open, as the loop holds every other handle.
    var owner: LoopWakeUp?

    init(_ loop: EventLoop) throws(LoopError) {
        try unsafe super.init(loop, zero: uv_async_t(), operation: .asyncInit) {
            unsafe uv_async_init($0, $1) { async in
                guard let async = unsafe async else { return }
                unsafe LoopHandle.wrapper(async.pointee.data, as: AsyncHandle.self).fired?()
            }
        }
    }

    override func willClose() { closing?() }

    override func didClose() {
        fired = nil
        closing = nil
        owner = nil
    }
}
