import CLibuv

// libuv's timers count whole milliseconds, from a time that is cached once per turn: a wait of
// 16.67 ms takes 17 to 18. What paces sends needs the time itself, so the kernel's timer
// (timerfd_create(2)) is watched as a descriptor. It is not subject to the slack by which the
// kernel lets sleeping threads oversleep.

/// Wakes the loop at a time in nanoseconds.
///
/// Each new time costs a system call, and each wake-up one more; the same time again costs nothing.
package final class LoopAlarm: LoopPollHandler {
    private let descriptor: Int32
    private var poll: LoopPoll?
    /// The time that is set; 0 for none.
    private var setNanoseconds: Int64 = 0

    /// Opens an alarm that is not set.
    ///
    /// - Parameter loop: The loop, owned by the calling thread.
    /// - Throws: `LoopError` when the kernel has no timer or no watcher for it.
    package init(_ loop: EventLoop) throws(LoopError) {
        descriptor = clibuv_alarm_open()
        try LoopError.check(descriptor, .alarm)
        let poll = try LoopPoll(loop, descriptor: descriptor, handler: self)
        self.poll = poll
        do throws(LoopError) {
            try poll.start(.readable)
        } catch {
            close()
            throw error
        }
    }

    // The watcher, which holds this object, has been closed, by `close` or with its loop.
    deinit { if descriptor >= 0 { clibuv_alarm_close(descriptor) } }

    /// Makes the loop come round at a time, in place of any that was set.
    ///
    /// - Parameter nanoseconds: By `EventLoop.hrtime`; one that has passed wakes at once.
    package func set(atNanoseconds nanoseconds: Int64) {
        let wanted = max(1, nanoseconds)
        guard wanted != setNanoseconds, poll != nil else { return }
        let result = clibuv_alarm_set(descriptor, wanted)
        precondition(result == 0, "timerfd_settime refused a time.")
        setNanoseconds = wanted
    }

    /// Forgets the time that was set.
    package func clear() {
        guard setNanoseconds != 0, poll != nil else { return }
        _ = clibuv_alarm_set(descriptor, 0)
        setNanoseconds = 0
    }

    /// Closes the alarm; see `LoopHandle.close()`.
    package func close() {
        poll?.close()
        poll = nil
    }

    package func pollReady(_ poll: LoopPoll, events: PollEvents) {
        clibuv_alarm_clear(descriptor)
        setNanoseconds = 0
    }

    package func pollFailed(_ poll: LoopPoll, error: LoopError) {
        preconditionFailure("A timer's descriptor failed: \(error)")
    }
}
