import Engine

/// The limits of an audience's rows.
///
/// They bound the memory of an import and catch input that is not what it seems. A row beyond one
/// of them is rejected with its line and the reason; a header beyond one stops the import. The
/// standard values are what users get; tests use smaller ones.
package struct AudienceLimits: Sendable, Equatable {
    /// The most bytes of a row, without its line end.
    ///
    /// A quote that is never closed ends here instead of swallowing the file into memory.
    package var rowBytesMax = 64 << 10

    /// The most columns of an audience, and so the most variables of a row.
    ///
    /// A CSV header with more stops the import; a JSON Lines row that brings one more is rejected.
    package var columnsMax = 256

    /// The most bytes of a variable's name.
    package var columnNameBytesMax = 128

    /// The most bytes of a user id.
    package var userIDBytesMax = 256

    /// How deep arrays and objects may nest in a variable of a JSON Lines row.
    package var jsonDepthMax = 32

    /// The most rejects that are listed; further ones are only counted.
    ///
    /// At about 60 bytes each the list stays under 100 MB.
    package var rejectsListedMax = 1_000_000

    /// What every import uses but those of tests.
    package static let standard = AudienceLimits()

    /// The standard values.
    package init() {}

    /// Whether a row within the limits always fits a page: a value costs at most 14 bytes beside
    /// the bytes that it has in its row.
    var fitPages: Bool {
        columnsMax <= PageLayout.columnsMax
            && rowBytesMax + 14 * (columnsMax + 1) <= PageLayout.recordBytesMax
    }
}

/// The sizes of an import's buffers.
///
/// Together they are its memory, whatever the audience's size.
enum BufferSizes {
    /// What the window over the input holds beside one row: the size of a read.
    static let windowBytes = 256 << 10

    /// The compressed bytes that are read ahead of the inflater.
    static let gzipInputBytes = 64 << 10

    /// The first bytes of an input, read ahead to tell its compression and format.
    static let lookaheadBytes = 512

    /// The bytes of rejects that are written at once.
    static let rejectsBytes = 16 << 10

    /// The bytes of generated rows that are written at once.
    static let generatorBytes = 256 << 10
}

/// How the search for duplicates divides its work.
///
/// The product of the first two is its write buffer.
package struct SpoolSizes: Sendable {
    /// The parts into which user ids are divided by their hash; a power of two, at most 256.
    package var partitions = 256

    /// The 16-byte entries of a block, one of which is the link to the block before.
    ///
    /// With 256 partitions the write buffer is 4 MiB, and an audience of under about 200,000 never
    /// reaches the spool file.
    package var blockEntries = 1_024

    /// The entries of one partition that are looked at together.
    ///
    /// A partition with more is read several times, each time for a part of its hashes. The table
    /// of one turn takes up to 64 bytes an entry: 16 MiB. Reached beyond 64 million recipients.
    package var entriesPerTurnMax = 1 << 18

    /// The ordinals whose duplicates are collected together, in one bit each: 8 MiB.
    ///
    /// A larger audience is searched several times, once per such range.
    package var ordinalsPerSweep = 1 << 26

    /// What every import uses but those of tests.
    package static let standard = SpoolSizes()

    /// The standard values.
    package init() {}
}
