/// Where the recipients are that have not ended and whose pages a shard holds: one reading.
package struct RecipientQueues: Equatable, Sendable {
    /// May be sent to now, if the limits let them.
    package var ready = 0
    /// Wait for the time of their next attempt.
    package var waiting = 0
    /// Wait for a place or a token of their host.
    package var blocked = 0
    /// Wait for a quota.
    package var withheld = 0

    /// Begins with nobody.
    package init() {}

    /// Adds the reading of another shard.
    package static func += (left: inout RecipientQueues, right: RecipientQueues) {
        left.ready += right.ready
        left.waiting += right.waiting
        left.blocked += right.blocked
        left.withheld += right.withheld
    }
}

extension Shard {
    /// Counts who waits for what; a few loads for each slot, so not for every turn.
    package var queues: RecipientQueues {
        var queues = RecipientQueues()
        for slot in 0..<pages.slotCount {
            let page = unsafe pages[slot]
            // Whoever is left of a page that goes back waits in the store.
            guard unsafe page.pointee.state == .active else { continue }
            unsafe queues.waiting += page.pointee.waiting
            unsafe queues.blocked += page.pointee.blocked
            unsafe queues.withheld += page.pointee.withheld
            unsafe queues.ready +=
                page.pointee.remaining - page.pointee.inFlight - page.pointee.waiting
                - page.pointee.blocked
        }
        return queues
    }
}
