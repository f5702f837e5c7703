import Control
import Logging
import ServiceLifecycle

/// The HTTP server, whose requests on the wire have a bounded time to finish.
struct BoundedServer: Service {
    let application: any Service
    /// From the moment when no further connection is taken.
    let drainTime: Duration
    let logger: Logger

    func run() async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await application.run()
                return true
            }
            group.addTask {
                try await gracefulShutdown()
                try await Task.sleep(for: drainTime)
                return false
            }
            let isFinished = try await group.next() ?? true
            group.cancelAll()
            guard !isFinished else { return }
            logger.warning("requests took too long and are cut off")
            while let result = await group.nextResult() { _ = try? result.get() }
        }
    }
}

/// Begins a shutdown: from then on the server is not ready, and after the delay it takes no further
/// connections.
struct ShutdownNotice: Service {
    let control: ControlPlane
    let delay: Duration

    func run() async throws {
        try await gracefulShutdown()
        control.beginShutdown()
        try await Task.sleep(for: delay)
    }
}
