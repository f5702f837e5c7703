import Engine
import Synchronization

/// Where a shard's recipients are, as it counted them a moment ago.
final class QueueSample: Sendable {
    private let ready = Atomic<Int>(0)
    private let waiting = Atomic<Int>(0)
    private let blocked = Atomic<Int>(0)
    private let withheld = Atomic<Int>(0)

    func publish(_ queues: RecipientQueues) {
        ready.store(queues.ready, ordering: .relaxed)
        waiting.store(queues.waiting, ordering: .relaxed)
        blocked.store(queues.blocked, ordering: .relaxed)
        withheld.store(queues.withheld, ordering: .relaxed)
    }

    var queues: RecipientQueues {
        var queues = RecipientQueues()
        queues.ready = ready.load(ordering: .relaxed)
        queues.waiting = waiting.load(ordering: .relaxed)
        queues.blocked = blocked.load(ordering: .relaxed)
        queues.withheld = withheld.load(ordering: .relaxed)
        return queues
    }
}
