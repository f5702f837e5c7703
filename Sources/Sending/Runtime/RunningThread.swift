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
    let wakeUp: LoopWakeUp
    // Guards the thread between the owner's `join` and itself.
    private let thread: Guarded<LoopThread?>

    /// Starts the thread and waits until it is set up.
    ///
    /// - Parameters:
    ///   - name: For error messages.
    ///   - capacity: Commands that the mailbox holds.
    ///   - setUp: Called on the thread; what it throws is thrown here.
    /// - Throws: `RuntimeError` with code `start`, or the one that `setUp` threw.
    init(
        name: String, capacity: Int,
        setUp: @escaping @Sendable (EventLoop, Mailbox) throws -> Hooks
    ) throws(RuntimeError) {
        let ring = MPSCRing<Command>(minimumCapacity: capacity)
        let ready = LoopStart()
        self.ring = ring
        do {
            thread = Guarded(
                try LoopThread {
                    Self.main(ring, ready, setUp)
                })
        } catch {
            throw RuntimeError(.start, "cannot start the \(name) thread: \(error)")
        }
        switch ready.wait() {
        case .success(let wakeUp): self.wakeUp = wakeUp
        case .failure(let error):
            throw error as? RuntimeError
                ?? RuntimeError(.start, "cannot start the \(name) thread: \(error)")
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
    func join() {
        if let thread = thread.withLock({ $0.take() }) { thread.join() }
    }

    private static func main(
        _ ring: MPSCRing<Command>, _ ready: LoopStart,
        _ setUp: @Sendable (EventLoop, Mailbox) throws -> Hooks
    ) {
        do {
            let loop = try EventLoop()
            let wake = Wake()
            let wakeUp = try LoopWakeUp(loop) { _ in wake.call?() }
            let hooks = try setUp(loop, Mailbox(ring: ring, wakeUp: wakeUp))
            wake.call = hooks.wake
            ready.signal(.success(wakeUp))
            loop.run()
            wake.call = nil
            loop.close()
            hooks.release()
        } catch {
            ready.signal(.failure(error))
        }
    }

    /// Lets the wake-up's handler be set after the wake-up exists.
    ///
    /// Used on the thread alone.
    private final class Wake {
        var call: (() -> Void)?
    }
}
