/// Events in order of their time; those of the same time in order of insertion: a binary heap.
struct EventTimeline<Event> {
    private struct Entry {
        let nanoseconds: Int64
        let order: UInt64
        let event: Event

        func isBefore(_ other: Entry) -> Bool {
            nanoseconds != other.nanoseconds
                ? nanoseconds < other.nanoseconds : order < other.order
        }
    }

    private var heap: [Entry] = []
    private var order: UInt64 = 0

    var isEmpty: Bool { heap.isEmpty }

    mutating func insert(_ event: Event, at nanoseconds: Int64) {
        order += 1
        heap.append(Entry(nanoseconds: nanoseconds, order: order, event: event))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].isBefore(heap[parent]) else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func popFirst() -> (nanoseconds: Int64, event: Event)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        return (first.nanoseconds, first.event)
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = 2 * parent + 1
            guard least < heap.count else { return }
            if least + 1 < heap.count && heap[least + 1].isBefore(heap[least]) { least += 1 }
            guard heap[least].isBefore(heap[parent]) else { return }
            heap.swapAt(least, parent)
            parent = least
        }
    }
}
