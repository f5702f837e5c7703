import Engine
import Structures
import Synchronization

/// What the store thread has done: it is the only writer, and any thread reads.
final class StoreCounters: Sendable {
    private let claimed = Atomic<UInt64>(0)
    private let finished = Atomic<UInt64>(0)
    private let returned = Atomic<UInt64>(0)
    /// How long it took to make a batch durable.
    let commits = LatencyRecorder()
    // Guards the list against readers, who look for what waits; it changes when a shard starts.
    private let channels = Guarded<[StoreLink]>([])

    // MARK: The store thread's side

    func pageClaimed() { claimed.wrappingAdd(1, ordering: .relaxed) }

    /// A page was written: as finished, or to be claimed again.
    func pageWritten(isFinished: Bool) {
        if isFinished {
            finished.wrappingAdd(1, ordering: .relaxed)
        } else {
            returned.wrappingAdd(1, ordering: .relaxed)
        }
    }

    func connected(_ channel: StoreLink) { channels.withLock { $0.append(channel) } }

    // MARK: The reader's side

    var figures: RuntimeFigures {
        var figures = RuntimeFigures()
        figures.pagesClaimed = claimed.load(ordering: .relaxed)
        figures.pagesFinished = finished.load(ordering: .relaxed)
        figures.pagesReturned = returned.load(ordering: .relaxed)
        figures.commits = commits.histogram
        figures.storeRequests = channels.withLock { $0.reduce(0) { $0 + $1.requests.count } }
        return figures
    }
}
