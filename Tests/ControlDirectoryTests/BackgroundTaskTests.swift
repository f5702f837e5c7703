import ControlDirectory
import Logging
import Synchronization
import Testing

@Suite struct BackgroundTaskTests {
    private final class Count: Sendable {
        let value = Atomic<Int>(0)

        var next: Int { value.add(1, ordering: .relaxed).newValue }
    }

    private static func tasks() -> BackgroundTasks {
        BackgroundTasks(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test func tasksEndByThemselvesAfterTheSignalAndRunWaitsForThem() async throws {
        let tasks = Self.tasks()
        let ended = Count()
        for name in ["a", "b"] {
            tasks.add(name) { stopping in
                await stopping.wait()
                #expect(!Task.isCancelled)
                _ = ended.next
            }
        }
        async let run: Void = tasks.run()
        tasks.stopping.set()
        try await run
        #expect(ended.value.load(ordering: .relaxed) == 2)
        #expect(tasks.unfinished.isEmpty)
    }

    @Test func runGoesOnUntilTheSignalWhenTasksEndEarlier() async throws {
        let tasks = Self.tasks()
        let stopped = Count()
        tasks.add("short") { _ in }
        async let run: Void = {
            try await tasks.run()
            #expect(stopped.value.load(ordering: .relaxed) == 1)
        }()
        for _ in 0..<100 { await Task.yield() }
        _ = stopped.next
        tasks.stopping.set()
        try await run
    }

    @Test func whatATaskThrowsEndsTheRun() async {
        struct Failure: Error {}
        let tasks = Self.tasks()
        tasks.add("waits") { stopping in await stopping.wait() }
        tasks.add("fails") { _ in throw Failure() }
        await #expect(throws: Failure.self) { try await tasks.run() }
    }

    @Test func periodicWorkIsDoneAgainAfterAFailureAndOnceMoreAtTheStop() async throws {
        struct Failure: Error {}
        let tasks = Self.tasks()
        let times = Count()
        let enough = StopSignal()
        tasks.add("work", every: .milliseconds(1)) {
            let time = times.next
            if time == 2 { throw Failure() }
            if time == 3 { enough.set() }
        }
        async let run: Void = tasks.run()
        await enough.wait()
        let before = times.value.load(ordering: .relaxed)
        tasks.stopping.set()
        try await run
        #expect(times.value.load(ordering: .relaxed) > before)
    }

    @Test func aWaitEndsByTheSignalByTimeAndByCancellation() async {
        let signal = StopSignal()
        #expect(await !signal.wait(for: .milliseconds(1)))
        let waiting = Task { await signal.wait(for: .seconds(3_600)) }
        let cancelled = Task { await signal.wait(for: .seconds(3_600)) }
        cancelled.cancel()
        #expect(await cancelled.value)
        signal.set()
        #expect(await waiting.value)
        #expect(await signal.wait(for: .seconds(3_600)))
    }
}
