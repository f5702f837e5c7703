import Glibc

// Keeps the hash and the ordinal of every recipient, sixteen bytes each, in bounded memory.
//
// 1. Entries are divided into partitions by the first bits of their hash, so all entries of one
//    user id are in one partition, and partitions can be looked at one by one.
// 2. A partition is a chain of blocks of a fixed size. The newest block is in memory and takes
//    entries; when it is full it goes to the end of the spool file. Its first entry is no entry but
//    the number of the partition's block before it, so nothing is kept in memory per block.
// 3. All blocks are in one file, which is unlinked as soon as it is open: it goes with the process,
//    however that ends. An audience that fits the newest blocks never opens it.
// SAFETY: it owns its memory for its whole life; a partition is a number of hash bits, and its
// block is written out before it overflows.
@safe
struct UserIDSpool: ~Copyable {
    struct Entry: BitwiseCopyable {
        /// The first 64 bits of the hash; in a block's first entry the number of the block before,
        /// plus one, or 0.
        var hash: UInt64
        /// 32 more bits of the hash.
        var hashTail: UInt32
        var ordinal: UInt32
    }

    let sizes: SpoolSizes
    /// The number of entries of all partitions.
    private(set) var count: UInt64 = 0
    private let partitionShift: UInt64
    private let newest: UnsafeMutablePointer<Entry>
    private var newestCounts: [Int]
    /// The number of each partition's last block in the file, plus one, or 0.
    private var lastBlocks: [UInt64]
    private var totals: [Int]
    private var blocks: UInt64 = 0
    private var descriptor: Int32 = -1
    private let directory: String

    /// - Parameters:
    ///   - directory: Where the spool file may be.
    ///   - sizes: The number of partitions and the size of blocks.
    init(directory: String, sizes: SpoolSizes) {
        precondition(
            sizes.partitions.nonzeroBitCount == 1 && sizes.partitions <= 256
                && sizes.blockEntries >= 2 && sizes.entriesPerTurnMax >= 1
                && sizes.ordinalsPerSweep >= 1,
            "the sizes of the spool must be positive, and the partitions a power of two")
        self.sizes = sizes
        self.directory = directory
        partitionShift = UInt64(64 - sizes.partitions.trailingZeroBitCount)
        unsafe newest = UnsafeMutablePointer<Entry>.allocate(
            capacity: sizes.partitions * sizes.blockEntries)
        newestCounts = Array(repeating: 1, count: sizes.partitions)
        lastBlocks = Array(repeating: 0, count: sizes.partitions)
        totals = Array(repeating: 0, count: sizes.partitions)
    }

    deinit {
        unsafe newest.deallocate()
        if descriptor >= 0 { close(descriptor) }
    }

    /// Adds a recipient.
    mutating func append(_ hash: UserIDHash, ordinal: UInt32) throws(AudienceError) {
        // A shift by 64, of a single partition, gives 0.
        let partition = Int(hash.low >> partitionShift)
        if newestCounts[partition] == sizes.blockEntries { try spill(partition) }
        unsafe block(partition)[newestCounts[partition]] = Entry(
            hash: hash.low, hashTail: UInt32(truncatingIfNeeded: hash.high), ordinal: ordinal)
        newestCounts[partition] += 1
        totals[partition] += 1
        count += 1
    }

    /// The number of entries of a partition.
    func count(of partition: Int) -> Int { totals[partition] }

    /// Gives every entry of a partition to `body`, in no particular order.
    ///
    /// - Parameters:
    ///   - partition: The number of the partition.
    ///   - scratch: Room for one block, reused from call to call.
    ///   - body: Receives the entries.
    /// - Throws: `file`.
    func forEach(
        in partition: Int, scratch: inout [Entry], _ body: (Entry) -> Void
    ) throws(AudienceError) {
        for index in 1..<newestCounts[partition] {
            unsafe body(block(partition)[index])
        }
        if scratch.count != sizes.blockEntries {
            scratch = Array(
                repeating: Entry(hash: 0, hashTail: 0, ordinal: 0), count: sizes.blockEntries)
        }
        var next = lastBlocks[partition]
        while next != 0 {
            let offset = Int(next - 1) * blockBytes
            try unsafe scratch.withUnsafeMutableBufferPointer { block throws(AudienceError) in
                try unsafe SystemCall.read(
                    descriptor, UnsafeMutableRawBufferPointer(block), at: offset, path: directory)
            }
            next = scratch[0].hash
            for index in 1..<scratch.count { body(scratch[index]) }
        }
    }

    private var blockBytes: Int { sizes.blockEntries * MemoryLayout<Entry>.stride }

    private func block(_ partition: Int) -> UnsafeMutablePointer<Entry> {
        unsafe newest + partition * sizes.blockEntries
    }

    /// Moves a partition's full block to the end of the file.
    private mutating func spill(_ partition: Int) throws(AudienceError) {
        if descriptor < 0 { descriptor = try Self.openUnlinked(in: directory) }
        let block = unsafe block(partition)
        unsafe block[0] = Entry(hash: lastBlocks[partition], hashTail: 0, ordinal: 0)
        try unsafe SystemCall.write(
            descriptor, UnsafeRawBufferPointer(start: block, count: blockBytes),
            at: Int(blocks) * blockBytes, path: directory)
        blocks += 1
        lastBlocks[partition] = blocks
        newestCounts[partition] = 1
    }

    private static func openUnlinked(in directory: String) throws(AudienceError) -> Int32 {
        var template = Array("\(directory)/audience-spool-XXXXXX".utf8CString)
        let descriptor = unsafe template.withUnsafeMutableBufferPointer { path in
            guard let path = path.baseAddress else { return Int32(-1) }
            let descriptor = unsafe mkstemp(path)
            if descriptor >= 0 { unsafe unlink(path) }
            return descriptor
        }
        if descriptor < 0 {
            throw .file(operation: "create a spool file in", path: directory, code: errno)
        }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return descriptor
    }
}
