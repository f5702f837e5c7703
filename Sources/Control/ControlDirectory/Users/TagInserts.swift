import Audience
import Glibc
import Structures

/// The tags of users that were inserted, collected to be written in the order of the index.
struct TagInserts {
    /// A tag that is met for the first time in a batch, and where it is.
    private var names: [UserBatch.Text] = []
    /// The number of a name and of a user in `users`, for each tag of a user.
    private var pairs: [UInt64] = []
    private var users: [UserRowID] = []
    // Names by their hash, open addressing; 0 is free, else the number plus one.
    private var buckets: [UInt32] = Array(repeating: 0, count: 256)

    /// Adds the tags of a user.
    mutating func add(_ row: UserBatch.Row, user: UserRowID, _ batch: borrowing UserBatch) {
        guard row.tagCount > 0 else { return }
        users.append(user)
        for index in Int(row.firstTag)..<Int(row.firstTag + row.tagCount) {
            let name = number(of: batch.tags[index], batch)
            pairs.append(UInt64(name) << 32 | UInt64(users.count - 1))
        }
    }

    private mutating func number(of text: UserBatch.Text, _ batch: borrowing UserBatch) -> Int {
        let bytes = unsafe batch.bytes(text)
        var bucket = unsafe Self.hash(bytes) & (buckets.count - 1)
        while buckets[bucket] != 0 {
            let number = Int(buckets[bucket]) - 1
            if unsafe Self.areEqual(batch.bytes(names[number]), bytes) { return number }
            bucket = (bucket + 1) & (buckets.count - 1)
        }
        names.append(text)
        buckets[bucket] = UInt32(names.count)
        if names.count * 2 > buckets.count { grow(batch) }
        return names.count - 1
    }

    private mutating func grow(_ batch: borrowing UserBatch) {
        buckets = Array(repeating: 0, count: buckets.count * 4)
        for (number, name) in names.enumerated() {
            var bucket = unsafe Self.hash(batch.bytes(name)) & (buckets.count - 1)
            while buckets[bucket] != 0 { bucket = (bucket + 1) & (buckets.count - 1) }
            buckets[bucket] = UInt32(number + 1)
        }
    }

    private static func areEqual(
        _ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer
    ) -> Bool {
        guard left.count == right.count, let first = left.baseAddress,
            let second = right.baseAddress
        else { return false }
        return unsafe memcmp(first, second, left.count) == 0
    }

    private static func hash(_ bytes: UnsafeRawBufferPointer) -> Int {
        Int(unsafe FNV1a.fold(FNV1a.hash(bytes)))
    }

    /// Writes what was collected, and forgets it.
    mutating func insert(
        app: AppRowID, _ batch: borrowing UserBatch, _ inserts: UserInserts
    ) throws {
        guard !pairs.isEmpty else { return }
        let keys = try names.map {
            try unsafe inserts.tagKeys.key(of: batch.bytes($0), app: app)
        }
        var order = Array(names.indices)
        order.sort { keys[$0] < keys[$1] }
        var ranks = Array(repeating: UInt64(0), count: names.count)
        for (rank, name) in order.enumerated() { ranks[name] = UInt64(rank) }
        // One number to sort by for each tag: the tag's rank, then the user's.
        var sorted = pairs.map { ranks[Int($0 >> 32)] << 32 | $0 & 0xFFFF_FFFF }
        sorted.sort()
        try inserts.insertTags(
            sorted.map { (keys[order[Int($0 >> 32)]], users[Int($0 & 0xFFFF_FFFF)]) })
        names.removeAll(keepingCapacity: true)
        pairs.removeAll(keepingCapacity: true)
        users.removeAll(keepingCapacity: true)
        for bucket in buckets.indices { buckets[bucket] = 0 }
    }
}
