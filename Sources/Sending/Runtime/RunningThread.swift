import Glibc
import Structures
import UVLoop

/// A thread with a loop, a bounded mailbox of commands and a wake-up.
final class RunningThread<Command: Sendable>: Sendable {
    /// What the thread's own code gives back once it is set up.
    struct Hooks {
        /// Called on the thread after each wake-up, commands or not.
        var wake: () -> Void
        /// Called on the thread when its loop has stopped and is closed.
        var release: () -> Void
    }

    /// The receiving end, on the thread.
    struct Mailbox {
        let ring: MPSCRing<Command>
        let wakeUp: LoopWakeUp
    }

    private let ring: MPSCRing<Command>
    private let thread: StartedThread<LoopWakeUp, RuntimeError>

    /// What makes the thread look at its mailbox.
    var wakeUp: LoopWakeUp { thread.ready }

    /// Starts the thread and waits until it is set up.
    ///
    /// - Parameters:
    ///   - name: For error messages.
    ///   - capacity: Commands that the mailbox holds.
    ///   - setUp: Called on the thread; what it throws is thrown here, when the thread has ended.
    /// - Throws: `RuntimeError` with code `start`, or the one that `setUp` threw.
    init(
        name: String, capacity: Int,
        setUp: @escaping @Sendable (EventLoop, Mailbox) throws -> Hooks
    ) throws(RuntimeError) {
        let ring = MPSCRing<Command>(minimumCapacity: capacity)
        let failure = { @Sendable (error: any Error) in
            error as? RuntimeError
                ?? RuntimeError(.start, "cannot start the \(name) thread: \(error)")
        }
        self.ring = ring
        thread = try StartedThread(cannotStart: failure) { ready throws(RuntimeError) in
            do { try Self.main(ring, ready, setUp) } catch { throw failure(error) }
        }
    }

    /// Sends a command; waits while the mailbox is full, which only a thread that is gone stays.
    func send(_ command: Command) {
        while !ring.tryPush(command) {
            wakeUp.send()
            sched_yield()
        }
        wakeUp.send()
    }

    /// Waits for the thread to end.
    func join() { thread.join() }

    private static func main(
        _ ring: MPSCRing<Command>, _ ready: (LoopWakeUp) -> Void,
        _ setUp: @Sendable (EventLoop, Mailbox) throws -> Hooks
    ) throws {
        let loop = try EventLoop()
        let wake = Wake()
        var hooks: Hooks?
        defer {
            wake.call = nil
            loop.close()
            hooks?.release()
        }
        let wakeUp = try LoopWakeUp(loop) { _ in wake.call?() }
        hooks = try setUp(loop, Mailbox(ring: ring, wakeUp: wakeUp))
        wake.call = hooks?.wake
        ready(wakeUp)
        loop.run()
    }

    /// Lets the wake-up's handler be set after the wake-up exists.
    ///
    /// Used on the thread alone.
    private final class Wake {
        var call: (() -> Void)?
    }
}
