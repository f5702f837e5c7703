import ArgumentParser
import Dispatch
import Glibc
import Synchronization

/// Notes SIGINT and SIGTERM while work goes on that looks for it now and then.
// SAFETY: the sources are made by the initialiser and cancelled by whoever closes the flag; the
// count is atomic.
final class InterruptFlag: @unchecked Sendable {
    private let count: InterruptCount
    private let sources: [any DispatchSourceSignal]

    private final class InterruptCount: Sendable {
        let value = Atomic<Int>(0)
    }

    init() {
        let count = InterruptCount()
        self.count = count
        sources = [SIGINT, SIGTERM].map { number in
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
    }

    var isSet: Bool { count.value.load(ordering: .relaxed) > 0 }

    /// Gives the signals back to their default.
    func close() {
        for source in sources { source.cancel() }
        for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
    }
}
