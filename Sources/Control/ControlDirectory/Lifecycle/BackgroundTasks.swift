package import Logging
import Structures

/// What a control plane does beside requests: each task runs from the start of the server until the
/// stop signal.
///
/// A task looks at the signal, puts away what it has in hand, and returns. One that is still at
/// work when the time for the shutdown is over is killed with the process, as by a crash.
package final class BackgroundTasks: Sendable {
    /// What a task does, until the signal says that it should end.
    package typealias Body = @Sendable (StopSignal) async throws -> Void

    private struct Entry: Sendable {
        var name: String
        var body: Body
    }

    private struct State {
        var entries: [Entry] = []
        var running: Set<String> = []
        var isStarted = false
    }

    /// Set when the tasks are to end.
    package let stopping = StopSignal()
    private let state = Guarded(State())
    private let logger: Logger

    /// Without tasks; the logger hears of those that fail.
    package init(logger: Logger) { self.logger = logger }

    /// Adds a task, before the tasks are run.
    ///
    /// - Parameters:
    ///   - name: Names it in the log; unique.
    ///   - body: Returns soon after the signal is set. What it throws ends the server.
    package func add(_ name: String, _ body: @escaping Body) {
        state.withLock { state in
            precondition(!state.isStarted, "A background task was added after the start.")
            precondition(
                !state.entries.contains { $0.name == name }, "Two background tasks have one name.")
            state.entries.append(Entry(name: name, body: body))
        }
    }

    /// Adds work that is done now and then, and once more at the stop.
    ///
    /// - Parameters:
    ///   - name: Names it in the log; unique.
    ///   - interval: The pause between two times.
    ///   - work: A failure is logged, and the work is done again when its time comes.
    package func add(
        _ name: String, every interval: Duration,
        _ work: @escaping @Sendable () async throws -> Void
    ) {
        add(name) { [logger] stopping in
            while true {
                let isLast = await stopping.wait(for: interval)
                do {
                    try await work()
                } catch {
                    logger.error(
                        "background work failed",
                        metadata: ["task": "\(name)", "error": "\(error)"]
                    )
                }
                if isLast { return }
            }
        }
    }

    /// The names of the tasks that have not ended.
    package var unfinished: [String] { state.withLock { $0.running.sorted() } }

    /// Runs all tasks until each has returned, and until the signal is set.
    ///
    /// - Throws: What a task threw.
    package func run() async throws {
        let entries = state.withLock { state in
            precondition(!state.isStarted, "The background tasks were run twice.")
            state.isStarted = true
            state.running = Set(state.entries.map(\.name))
            return state.entries
        }
        try await withThrowingTaskGroup { group in
            for entry in entries {
                group.addTask { try await self.run(entry) }
            }
            // The first failure ends the others; `waitForAll` would wait for them.
            for try await _ in group {}
        }
        await stopping.wait()
    }

    private func run(_ entry: Entry) async throws {
        defer { state.withLock { _ = $0.running.remove(entry.name) } }
        do {
            try await entry.body(stopping)
        } catch is CancellationError {
            // It did not fail: something else has, which tells by itself.
            throw CancellationError()
        } catch {
            logger.critical(
                "a background task failed",
                metadata: ["task": "\(entry.name)", "error": "\(error)"])
            throw error
        }
    }
}
