import Foundation
import Synchronization
package import UVLoop

// A sink as other threads see it.
//
//     idle ──start(), run()──▶ starting ──listening──▶ running ──stop()──▶ stopped
//                                  └──────────could not listen────────────▶ stopped
//
// 1. What threads share is in `state`, under its lock: the mailbox of commands and the wake-up of
//    the loop. Everything else belongs to the thread that runs the loop.
// 2. A command is put into the mailbox before the wake-up is sent, and the loop empties the mailbox
//    in each wake-up. When the loop has ended, what is still in the mailbox is answered with the
//    final statistics, under the lock that also makes later callers take these.

/// A stand-in provider for load tests: an HTTP/1.1 server on one thread that counts what it gets.
///
/// Its functions may be called on any thread, except on the one that `run` keeps busy. A sink that
/// was started must be stopped.
package final class Sink: Sendable {
    private struct State {
        var hasStarted = false
        var stopIsWanted = false
        var address: SocketAddress?
        var wakeUp: LoopWakeUp?
        var snapshotRequests: [Reply<SinkStatistics>] = []
        /// The last statistics, once the loop has ended.
        var final: SinkStatistics?
        var thread: StartedThread<Void, SinkError>?
    }

    /// Where it listens and how it behaves, for its whole life.
    package let configuration: SinkConfiguration
    private let state = Mutex(State())

    /// Makes a sink that does not listen yet.
    ///
    /// - Parameter configuration: Where it will listen and how it will behave.
    package init(_ configuration: SinkConfiguration = SinkConfiguration()) {
        self.configuration = configuration
    }

    /// A sink that listens and runs on a thread of its own; `stop()` must be called.
    ///
    /// - Parameter configuration: Where it listens, by default on a free loopback port, and how it
    ///   behaves.
    /// - Returns: The sink; `address` and `port` say where it is.
    /// - Throws: `SinkError` when it cannot listen.
    package static func started(
        _ configuration: SinkConfiguration = SinkConfiguration()
    ) throws(SinkError) -> Sink {
        let sink = Sink(configuration)
        try sink.start()
        return sink
    }

    deinit {
        precondition(
            state.withLock { $0.thread == nil }, "A sink was dropped before it was stopped.")
    }

    /// Where it listens; before that, the configured address.
    package var address: SocketAddress { state.withLock { $0.address } ?? configuration.address }

    /// The port it listens on.
    package var port: UInt16 { address.port }

    /// Starts a thread that runs the sink; returns when it listens.
    ///
    /// - Throws: `SinkError` when it cannot.
    package func start() throws(SinkError) {
        let thread = try StartedThread<Void, SinkError>(cannotStart: { .loop($0) }) {
            ready throws(SinkError) in
            try self.run { _ in ready(()) }
        }
        state.withLock { $0.thread = thread }
    }

    /// Runs the sink on the calling thread, until `stop()` is called on another one or a signal
    /// arrives.
    ///
    /// - Parameters:
    ///   - stopSignals: Signals that stop it, such as `SIGINT`.
    ///   - listening: Called once it listens, with the actual address.
    /// - Throws: `SinkError` when it cannot listen.
    package func run(
        stopSignals: [Int32] = [], listening: (SocketAddress) -> Void = { _ in }
    ) throws(SinkError) {
        state.withLock { state in
            precondition(!state.hasStarted, "A sink was started twice.")
            state.hasStarted = true
        }
        let server: SinkServer
        do throws(SinkError) {
            server = try SinkServer(configuration)
        } catch {
            finish(SinkStatistics())
            throw error
        }
        defer { finish(server.close()) }
        do throws(LoopError) {
            let wakeUp = try LoopWakeUp(server.loop) { [unowned self] _ in
                serveMailbox(server)
            }
            for number in stopSignals {
                try LoopSignal(server.loop) { signal, _ in signal.loop.stop() }.start(number)
            }
            state.withLock {
                $0.address = server.address
                $0.wakeUp = wakeUp
            }
        } catch {
            throw .loop(error)
        }
        listening(server.address)
        serveMailbox(server)
        server.loop.run()
    }

    /// Stops the sink: closes its connections and, if `start()` was used, waits for its thread.
    ///
    /// Does nothing when it has stopped.
    package func stop() {
        let thread = state.withLock { state in
            state.stopIsWanted = true
            state.wakeUp?.send()
            return state.thread.take()
        }
        thread?.join()
    }

    /// The statistics at this moment, or the last ones of a sink that has stopped.
    ///
    /// Waits for the loop's next turn.
    ///
    /// - Returns: A consistent snapshot; empty for a sink that does not listen yet.
    package func statistics() -> SinkStatistics {
        let reply = Reply<SinkStatistics>()
        let known: SinkStatistics? = state.withLock { state in
            if let final = state.final { return final }
            guard let wakeUp = state.wakeUp else { return SinkStatistics() }
            state.snapshotRequests.append(reply)
            wakeUp.send()
            return nil
        }
        return known ?? reply.wait()
    }

    /// On the loop's thread: acts on what other threads have asked for.
    private func serveMailbox(_ server: SinkServer) {
        let (requests, stopIsWanted) = state.withLock { state in
            defer { state.snapshotRequests = [] }
            return (state.snapshotRequests, state.stopIsWanted)
        }
        if !requests.isEmpty {
            server.loop.updateTime()
            let snapshot = server.snapshot()
            for request in requests { request.fulfil(snapshot) }
        }
        if stopIsWanted { server.loop.stop() }
    }

    private func finish(_ statistics: SinkStatistics) {
        let requests = state.withLock { state in
            state.final = statistics
            state.wakeUp = nil
            defer { state.snapshotRequests = [] }
            return state.snapshotRequests
        }
        for request in requests { request.fulfil(statistics) }
    }
}

/// A value that one thread gives to another that waits for it.
private final class Reply<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)
    private let isReady = DispatchSemaphore(value: 0)

    func fulfil(_ value: Value) {
        self.value.withLock { $0 = value }
        isReady.signal()
    }

    func wait() -> Value {
        isReady.wait()
        guard let value = value.withLock({ $0 }) else {
            preconditionFailure("A reply was signalled without a value.")
        }
        return value
    }
}
