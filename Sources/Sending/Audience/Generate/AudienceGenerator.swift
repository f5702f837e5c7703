import Structures

/// Writes synthetic audiences that look like real ones.
///
/// Names are in several scripts, most rows are short and a few are long, and some fields need
/// quotes, hold quotes or line feeds. The same number of recipients, format and seed give the same
/// bytes, on every platform; fewer recipients give a beginning of them.
package struct AudienceGenerator: Sendable {
    /// Rows to write, the header not counted.
    package let recipients: UInt64
    /// Whether rows are CSV, with a header first, or JSON Lines.
    package let format: AudienceFormat
    /// What the made-up values are drawn from.
    package let seed: UInt64

    /// The most bytes of a row: the longest note, thrice for its escapes, and room for the rest.
    private static let rowBytesMax = 16 << 10

    /// Describes an audience; nothing is written yet.
    package init(recipients: UInt64, format: AudienceFormat, seed: UInt64 = 1) {
        self.recipients = recipients
        self.format = format
        self.seed = seed
    }

    /// Writes the audience to a file descriptor.
    ///
    /// - Parameters:
    ///   - descriptor: Where to write; it stays open.
    ///   - name: What errors call it.
    ///   - isCancelled: Asked for every quarter of a megabyte.
    /// - Throws: `file` or `cancelled`.
    package func write(
        to descriptor: Int32, name: String, isCancelled: () -> Bool = { false }
    ) throws(AudienceError) {
        try unsafe generate { bytes throws(AudienceError) in
            if isCancelled() { throw .cancelled }
            try unsafe SystemCall.write(descriptor, bytes, path: name)
        }
    }

    /// Gives the bytes of the audience to `body`, a bounded number at a time.
    package func generate(
        _ body: (_ bytes: UnsafeRawBufferPointer) throws(AudienceError) -> Void
    ) throws(AudienceError) {
        var random = SeededGenerator(seed: seed)
        var output = GeneratorOutput(capacity: BufferSizes.generatorBytes + Self.rowBytesMax)
        if format == .csv { output.append("user_id,name,city,plan,order,amount,note\n") }
        var row = GeneratedRow()
        for number in 0..<recipients {
            output.require(Self.rowBytesMax)
            row.draw(number + 1, &random)
            switch format {
            case .csv: row.writeCSV(to: &output)
            case .jsonLines: row.writeJSON(to: &output)
            }
            if output.count >= BufferSizes.generatorBytes { try unsafe output.flush(body) }
        }
        if output.count > 0 { try unsafe output.flush(body) }
    }
}
