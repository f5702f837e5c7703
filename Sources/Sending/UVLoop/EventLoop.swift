import CLibuv

// A libuv loop, owned by one thread.
//
//     init ──run──▶ running ──(stop, or no active handle left)──▶ idle ──run──▶ ...
//       └──────────────────────────── close() ────────────────────────▶ closed
//
// 1. One thread owns the loop and everything opened on it. The owner is the thread that created it,
//    or the one that called `adoptCurrentThread()` last. Every operation of the loop and its
//    handles checks the owner in release builds too: the check is one `pthread_self` and one
//    compare. The only thing that other threads may touch is `LoopWakeUp.send()`.
// 2. Every handle holds the loop, and the loop holds every handle (`LoopHandle`, invariant 1) until
//    that handle's close callback has run. So a loop with handles is never freed under them; it
//    leaks if it is never closed.
// 3. Closing is ordered: handles first, their close callbacks run inside the loop, then the loop.
//    `close()` does all of it; `close(remainingHandles: .forbid)` insists that the caller did.
// 4. No callback runs except inside `run(_:)` or `close()`, on the owner's thread.

/// An event loop: timers, sockets, signals and wake-ups on one thread
/// ([`uv_loop_t`](https://docs.libuv.org/en/v1.x/loop.html)).
// SAFETY: the memory of the loop lives as long as the object, and every call checks the thread
// (invariant 1).
@safe
package final class EventLoop {
    /// How far one call of `run(_:)` goes.
    package enum RunMode: Sendable {
        /// Until `stop()` or until no active handle that keeps the loop alive is left.
        case untilDone
        /// One turn; waits for an event if there is none yet.
        case once
        /// One turn; never waits.
        case nowait
    }

    /// What `close` does about handles whose close callback has not run.
    package enum RemainingHandles: Sendable {
        /// Closes them and runs the loop until their close callbacks have run.
        case close
        /// There must be none: otherwise a precondition failure.
        case forbid
    }

    let raw: UnsafeMutablePointer<uv_loop_t>
    private var owner: uv_thread_t
    private var isRunning = false
    /// Whether `close` has finished; a loop that is closed can do nothing more.
    private(set) package var isClosed = false
    /// Handles whose close callback has not run.
    private(set) package var handleCount = 0

    /// Opens a loop that belongs to the calling thread.
    ///
    /// - Throws: `LoopError` when the kernel gives no epoll or event descriptor.
    package init() throws(LoopError) {
        let raw = UnsafeMutablePointer<uv_loop_t>.allocate(capacity: 1)
        unsafe raw.initialize(to: uv_loop_t())
        let result = unsafe uv_loop_init(raw)
        if result < 0 {
            unsafe raw.deallocate()
            throw LoopError(LoopErrorCode(rawValue: result), in: .loopInit)
        }
        unsafe self.raw = raw
        owner = uv_thread_self()
    }

    deinit {
        // Every handle holds the loop, so none is left here and closing cannot find it busy.
        if !isClosed {
            let result = unsafe uv_loop_close(raw)
            precondition(result == 0, "An event loop was freed while it had open handles.")
        }
        unsafe raw.deallocate()
    }

    /// Runs callbacks on the calling thread, which must own the loop (`uv_run`).
    ///
    /// - Parameter mode: How far to go.
    /// - Returns: Whether handles that keep the loop alive are left.
    @discardableResult
    package func run(_ mode: RunMode = .untilDone) -> Bool {
        checkOwner()
        precondition(!isRunning, "An event loop was run from one of its own callbacks.")
        precondition(!isClosed, "An event loop was run after it was closed.")
        isRunning = true
        defer { isRunning = false }
        let rawMode =
            switch mode {
            case .untilDone: UV_RUN_DEFAULT
            case .once: UV_RUN_ONCE
            case .nowait: UV_RUN_NOWAIT
            }
        return unsafe uv_run(raw, rawMode) != 0
    }

    /// Makes the current (or the next) `run` return at the end of its turn (`uv_stop`).
    package func stop() {
        checkOwner()
        unsafe uv_stop(raw)
    }

    /// Whether active handles that keep the loop alive, or closing handles, are left
    /// (`uv_loop_alive`).
    package var isAlive: Bool {
        checkOwner()
        return unsafe !isClosed && uv_loop_alive(raw) != 0
    }

    /// Milliseconds of the loop's clock, read once per turn (`uv_now`).
    ///
    /// Monotonic; its zero has no meaning. Timers count from this value.
    package var now: UInt64 {
        precondition(!isClosed, "The clock of an event loop was read after the loop was closed.")
        return unsafe uv_now(raw)
    }

    /// Reads the clock anew for `now` (`uv_update_time`): after a long callback, before starting
    /// timers.
    package func updateTime() {
        checkOwner()
        unsafe uv_update_time(raw)
    }

    /// Nanoseconds of the monotonic clock, read at each call (`uv_hrtime`).
    ///
    /// The same clock as `now`; may be called on any thread.
    package static var hrtime: UInt64 { uv_hrtime() }

    /// Makes the calling thread the owner.
    ///
    /// For a loop that was opened on one thread and is run by another. The former owner must not
    /// touch the loop or its handles any more, and the hand-over must itself order memory (starting
    /// the thread does).
    package func adoptCurrentThread() {
        precondition(!isRunning, "A running event loop was taken over by another thread.")
        owner = uv_thread_self()
    }

    /// Traps unless the calling thread owns the loop.
    @inline(__always)
    package func checkOwner() {
        precondition(
            uv_thread_self() == owner,
            "An event loop or one of its handles was used on a thread that does not own it.")
    }

    /// Closes the loop (`uv_loop_close`).
    ///
    /// With `.close`, each handle that is still open is closed and the loop is run until the close
    /// callbacks have run; no handler is called in it but `connectionClosed`. Does nothing when the
    /// loop is closed already. Must not be called from a callback.
    ///
    /// - Parameter remainingHandles: What to do about handles whose close callback has not run.
    package func close(remainingHandles: RemainingHandles = .close) {
        checkOwner()
        guard !isClosed else { return }
        precondition(!isRunning, "An event loop was closed from one of its own callbacks.")
        precondition(
            remainingHandles == .close || handleCount == 0,
            "An event loop was closed before the close callbacks of its handles had run.")
        for _ in 0..<LoopLimits.closeRoundsMax {
            closeHandles()
            while run(.untilDone) {}
            if unsafe uv_loop_close(raw) == 0 {
                isClosed = true
                return
            }
        }
        preconditionFailure("Handlers keep opening handles on an event loop that is closing.")
    }

    private func closeHandles() {
        // uv_walk leaves out libuv's internal handles, so each one has a LoopHandle in its data.
        unsafe uv_walk(
            raw,
            { handle, _ in
                guard let handle = unsafe handle else { return }
                unsafe LoopHandle.wrapper(handle.pointee.data, as: LoopHandle.self).close()
            }, nil)
    }

    func handleOpened() { handleCount += 1 }
    func handleClosed() { handleCount -= 1 }
}
