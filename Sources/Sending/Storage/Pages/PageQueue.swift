import Engine

/// What the run must know of every page, in 16 bytes each: 10,000 pages, ten million recipients,
/// are 160 KB.
///
/// The table mirrors the `page` table: the database writes a change first and tells the table
/// after, and reads the table anew when a transaction is undone.
///
/// Invariants:
/// 1. `queue` is a binary heap by (due time, page), and holds exactly the parked pages.
/// 2. No page below `freshFirst` is fresh.
/// 3. `tally` counts the pages of each state.
struct PageQueue {
    struct Entry {
        /// When a parked page is due; `neverParked` for a page that never was.
        ///
        /// A claimed page keeps the time it had, so that it can be given back.
        fileprivate(set) var dueOrMark = PageQueue.neverParked
        let recipientsBytes: UInt32
        let count: UInt16
        fileprivate(set) var state: PageState
        /// Whether the page has a row in `result`.
        var hasRecords: Bool

        init(
            count: Int, recipientsBytes: Int, state: PageState, dueMilliseconds: Int64?,
            hasRecords: Bool
        ) {
            dueOrMark = dueMilliseconds ?? PageQueue.neverParked
            self.recipientsBytes = UInt32(recipientsBytes)
            self.count = UInt16(count)
            self.state = state
            self.hasRecords = hasRecords
        }

        var dueMilliseconds: Int64? { dueOrMark == PageQueue.neverParked ? nil : dueOrMark }
    }

    static let neverParked = Int64.min

    private(set) var entries: [Entry] = []
    private(set) var tally = PageTally()
    private var queue: [UInt32] = []
    private var freshFirst = 0

    subscript(page: PageIndex) -> Entry {
        precondition(page.rawValue < entries.count, "There is no such page.")
        return entries[Int(page.rawValue)]
    }

    /// Adds the next page.
    mutating func append(_ entry: Entry) {
        entries.append(entry)
        tally[entry.state] += 1
        if entry.state == .parked { push(UInt32(entries.count - 1)) }
    }

    /// The page to be claimed next, or why there is none: parked pages whose time has come, the
    /// longest due first; then fresh pages ascending.
    mutating func next(nowMilliseconds: Int64) -> PageClaim {
        if let first = queue.first, entries[Int(first)].dueOrMark <= nowMilliseconds {
            return .claimed(describe(first))
        }
        while freshFirst < entries.count, entries[freshFirst].state != .fresh { freshFirst += 1 }
        if freshFirst < entries.count { return .claimed(describe(UInt32(freshFirst))) }
        if let first = queue.first {
            return .nothingDue(untilMilliseconds: entries[Int(first)].dueOrMark)
        }
        return tally.claimed > 0 ? .nothingDue(untilMilliseconds: .max) : .finished
    }

    private func describe(_ page: UInt32) -> ClaimedPage {
        let entry = entries[Int(page)]
        return ClaimedPage(
            page: PageIndex(page), count: Int(entry.count),
            recipientsBytes: Int(entry.recipientsBytes), hasRecords: entry.hasRecords)
    }

    /// Claims the page that `next` has named.
    mutating func claim(_ page: PageIndex) {
        if self[page].state == .parked {
            precondition(queue.first == page.rawValue, "A parked page is claimed out of turn.")
            popFirst()
        }
        setState(page, .claimed)
    }

    /// Moves a claimed page on: to `parked` with a due time, to `done` or `fresh` without.
    mutating func settle(_ page: PageIndex, dueMilliseconds: Int64?, state: PageState) {
        precondition(self[page].state == .claimed, "A page is settled that nobody has claimed.")
        entries[Int(page.rawValue)].dueOrMark = dueMilliseconds ?? Self.neverParked
        setState(page, state)
        switch state {
        case .parked: push(page.rawValue)
        case .fresh: freshFirst = min(freshFirst, Int(page.rawValue))
        case .claimed, .done: break
        }
    }

    mutating func setHasRecords(_ page: PageIndex) {
        entries[Int(page.rawValue)].hasRecords = true
    }

    /// A fresh page whose every row is a duplicate has ended before it began.
    mutating func endFresh(_ page: PageIndex) {
        precondition(self[page].state == .fresh, "Only a fresh page ends unclaimed.")
        setState(page, .done)
    }

    private mutating func setState(_ page: PageIndex, _ state: PageState) {
        tally[self[page].state] -= 1
        tally[state] += 1
        entries[Int(page.rawValue)].state = state
    }

    func checkInvariants() {
        var counted = PageTally()
        for (index, entry) in entries.enumerated() {
            counted[entry.state] += 1
            precondition(entry.state != .fresh || index >= freshFirst, "invariant 2")
        }
        precondition(counted == tally, "invariant 3")
        precondition(queue.count == tally.parked, "invariant 1")
        precondition(Set(queue).count == queue.count, "invariant 1")
        for (index, page) in queue.enumerated() {
            precondition(entries[Int(page)].state == .parked, "invariant 1")
            precondition(index == 0 || !precedes(page, queue[(index - 1) / 2]), "invariant 1")
        }
    }
}

extension PageQueue {
    private func precedes(_ left: UInt32, _ right: UInt32) -> Bool {
        (entries[Int(left)].dueOrMark, left) < (entries[Int(right)].dueOrMark, right)
    }

    private mutating func push(_ page: UInt32) {
        queue.append(page)
        var index = queue.count - 1
        while index > 0, precedes(queue[index], queue[(index - 1) / 2]) {
            queue.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    private mutating func popFirst() {
        queue.swapAt(0, queue.count - 1)
        queue.removeLast()
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2]
            where child < queue.count && precedes(queue[child], queue[least]) { least = child }
            guard least != index else { return }
            queue.swapAt(index, least)
            index = least
        }
    }
}
