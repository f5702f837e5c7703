import ArgumentParser
import Dispatch
import Glibc
import Structures
import Synchronization

/// Notes SIGINT and SIGTERM while work goes on that looks for it now and then.
final class InterruptFlag: Sendable {
    private let count: InterruptCount
    private let sources: Guarded<[any DispatchSourceSignal]>

    private final class InterruptCount: Sendable {
        let value = Atomic<Int>(0)
    }

    init() {
        let count = InterruptCount()
        self.count = count
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                // The second one does not wait for the work to look.
                if count.value.add(1, ordering: .relaxed).newValue > 1 {
                    _exit(CommandFailure.other.rawValue)
                }
            }
            source.resume()
            return source
        }
        self.sources = Guarded(sources)
    }

    var isSet: Bool { count.value.load(ordering: .relaxed) > 0 }

    /// Gives the signals back to their default.
    func close() {
        sources.withLock { sources in for source in sources { source.cancel() } }
        for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
    }
}
