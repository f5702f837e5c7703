/// Reads users from bytes of any length, a batch at a time.
///
/// Memory is that of a batch and of one window, whatever the length. One reader is one thread's.
package struct UserReader: ~Copyable {
    /// Rows of a batch, rejected ones included, and the bytes after which it ends early.
    package struct BatchSize: Sendable {
        /// Most rows of a batch.
        package var rows = 16_384
        /// Bytes of fields after which no further row is read into the batch.
        package var bytes = 8 << 20

        /// The standard sizes.
        package init() {}
    }

    // Exactly one of them is there.
    private var lines: UserLinesReader?
    private var table: UserTableReader?
    private let size: BatchSize

    /// Begins to read; of a CSV the header.
    ///
    /// - Parameters:
    ///   - source: The bytes.
    ///   - format: What they are.
    ///   - isCompressed: Whether they are compressed by gzip.
    ///   - rules: What users are checked against.
    ///   - size: Where a batch ends.
    /// - Throws: `header`, `notAnAudience`, or what the source throws.
    package init(
        _ source: any ByteSource, format: AudienceFormat, isCompressed: Bool, rules: UserRules,
        size: BatchSize = BatchSize()
    ) throws(AudienceError) {
        let raw = isCompressed ? GzipSource(source) : source
        let text = try LookaheadSource(raw)
        try AudienceFormat.checkEncoding(text.head)
        let window = InputWindow(text, rowBytesMax: UserLimits.rowBytes)
        switch format {
        case .jsonLines: lines = try UserLinesReader(window, rules)
        case .csv: table = try UserTableReader(window, rules)
        }
        self.size = size
    }

    /// Reads as many rows as make a batch.
    ///
    /// - Returns: False at the end of the input; the batch may have rows all the same.
    package mutating func fill(
        _ batch: inout UserBatch, _ rules: UserRules
    ) throws(AudienceError) -> Bool {
        lines?.use(rules)
        table?.use(rules)
        while batch.rows.count + batch.rejects.count < size.rows, batch.byteCount < size.bytes {
            if let goesOn = try lines?.next(into: &batch) {
                guard goesOn else { return false }
            } else if try table?.next(into: &batch) != true {
                return false
            }
        }
        return true
    }
}
