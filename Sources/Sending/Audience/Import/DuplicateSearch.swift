import Engine

// Finds the recipients whose user id an earlier recipient has.
//
// The entries of a partition go through a hash table that keeps, per user id, the smallest ordinal
// met so far; every other one is a duplicate. So the first row of a file wins, in whatever order
// the entries come. The table holds user ids, not rows: a file of one id a million times costs one
// place.
//
// Memory is bounded twice: a partition of too many entries is read in several turns, each for a
// part of its hashes, and duplicates are collected as bits for a range of ordinals at a time, so
// that pages are marked in ascending order. Audiences below 64 million take one turn and one sweep.
struct DuplicateSearch: ~Copyable {
    private var table = UserIDTable()
    private var scratch: [UserIDSpool.Entry] = []

    /// Searches all entries, and marks the duplicates page by page.
    ///
    /// - Parameters:
    ///   - spool: All recipients.
    ///   - pages: The number of pages.
    ///   - sink: Is told the duplicates.
    ///   - isCancelled: Asked once per partition.
    /// - Returns: The number of duplicates.
    /// - Throws: `file`, `cancelled`, or what the sink throws as `sink`.
    mutating func run(
        _ spool: borrowing UserIDSpool, pages: UInt32, sink: any PageSink,
        isCancelled: () -> Bool
    ) throws(AudienceError) -> UInt64 {
        let pagesPerSweep = UInt32(max(1, spool.sizes.ordinalsPerSweep / PageLayout.recipientsMax))
        var duplicates: UInt64 = 0
        var first: UInt32 = 0
        while first < pages {
            let end = min(pages, first + pagesPerSweep)
            var marks = DuplicateMarks(pages: first..<end)
            for partition in 0..<spool.sizes.partitions {
                if isCancelled() { throw .cancelled }
                try search(partition, of: spool, &marks)
            }
            duplicates += try marks.report(to: sink)
            first = end
        }
        return duplicates
    }

    private mutating func search(
        _ partition: Int, of spool: borrowing UserIDSpool, _ marks: inout DuplicateMarks
    ) throws(AudienceError) {
        let count = spool.count(of: partition)
        if count < 2 { return }
        let turnMax = spool.sizes.entriesPerTurnMax
        let turns = UInt64((count + turnMax - 1) / turnMax)
        for turn in 0..<turns {
            table.clear(expecting: min(count, turnMax))
            try spool.forEach(in: partition, scratch: &scratch) { entry in
                // The tail's bits choose the turn: the partition has used up the hash's first bits.
                if (UInt64(entry.hashTail) &* turns) >> 32 != turn { return }
                if let duplicate = table.insert(entry) { marks.insert(duplicate) }
            }
        }
    }
}

/// The smallest ordinal of every user id met: open addressing, at most three quarters full.
private struct UserIDTable {
    private var entries: [UserIDSpool.Entry] = []
    private var count = 0
    // No recipient has this ordinal: there are fewer than 2³² of them.
    private static let free = UInt32.max
    private static let empty = UserIDSpool.Entry(hash: 0, hashTail: 0, ordinal: free)

    /// Empties the table, with room for about this many user ids.
    mutating func clear(expecting expected: Int) {
        var capacity = 16
        while capacity < 2 * expected { capacity *= 2 }
        count = 0
        if entries.count == capacity {
            for index in entries.indices { entries[index] = Self.empty }
        } else {
            entries = Array(repeating: Self.empty, count: capacity)
        }
    }

    /// Inserts an entry, and returns the ordinal that is a duplicate now: its own or the one
    /// before.
    mutating func insert(_ entry: UserIDSpool.Entry) -> UInt32? {
        let mask = entries.count - 1
        var index = Int(truncatingIfNeeded: entry.hash) & mask
        while true {
            let other = entries[index]
            if other.ordinal == Self.free { break }
            if other.hash == entry.hash && other.hashTail == entry.hashTail {
                entries[index].ordinal = min(other.ordinal, entry.ordinal)
                return max(other.ordinal, entry.ordinal)
            }
            index = (index + 1) & mask
        }
        entries[index] = entry
        count += 1
        if 4 * count > 3 * entries.count { grow() }
        return nil
    }

    /// A keyed hash spreads evenly, so this happens in tables of a few entries only.
    private mutating func grow() {
        let old = entries
        entries = Array(repeating: Self.empty, count: 2 * old.count)
        count = 0
        for entry in old where entry.ordinal != Self.free { _ = insert(entry) }
    }
}

/// One bit per ordinal of a range of pages.
private struct DuplicateMarks {
    private let pages: Range<UInt32>
    private var words: [UInt64]
    private static let wordsPerPage = PageLayout.recipientsMax / 64

    init(pages: Range<UInt32>) {
        self.pages = pages
        words = Array(repeating: 0, count: pages.count * Self.wordsPerPage)
    }

    /// Marks an ordinal, if it is in the range.
    mutating func insert(_ ordinal: UInt32) {
        let page = ordinal / UInt32(PageLayout.recipientsMax)
        guard pages.contains(page) else { return }
        let bit = Int(ordinal) - Int(pages.lowerBound) * PageLayout.recipientsMax
        words[bit / 64] |= 1 << UInt64(bit % 64)
    }

    /// Tells the sink the marks of every page that has some, and returns their number.
    func report(to sink: any PageSink) throws(AudienceError) -> UInt64 {
        var total: UInt64 = 0
        var indexes: [UInt16] = []
        indexes.reserveCapacity(PageLayout.recipientsMax)
        for page in pages {
            let start = Int(page - pages.lowerBound) * Self.wordsPerPage
            indexes.removeAll(keepingCapacity: true)
            for word in 0..<Self.wordsPerPage {
                var bits = words[start + word]
                while bits != 0 {
                    indexes.append(UInt16(64 * word + bits.trailingZeroBitCount))
                    bits &= bits - 1
                }
            }
            if indexes.isEmpty { continue }
            total += UInt64(indexes.count)
            do {
                try unsafe indexes.withUnsafeBufferPointer { indexes in
                    try unsafe sink.markDuplicates(page: PageIndex(page), indexes: indexes)
                }
            } catch { throw .sink(error) }
        }
        return total
    }
}
