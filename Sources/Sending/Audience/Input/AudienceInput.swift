/// An audience file or stream that is open and whose format is known.
package struct AudienceInput {
    /// The path `-`: the standard input.
    package static let standardInputPath = "-"

    /// Whether the rows are CSV or JSON Lines.
    package let format: AudienceFormat
    /// Whether the bytes are gzip, which reading undoes.
    package let isCompressed: Bool
    /// The size of the file, compressed or not; nil for the standard input and for pipes.
    package let sizeBytes: UInt64?
    let source: any ByteSource

    /// Opens an audience by path.
    ///
    /// Compression is told by the first bytes, whatever the name. The format is, in this order, the
    /// one given, the one that the name's ending says, or the one that the first bytes show.
    ///
    /// - Parameters:
    ///   - path: A file, or `-` for the standard input.
    ///   - format: The format, if the user named one.
    /// - Throws: `file`, `gzip`, or `notAnAudience` for UTF-16 and JSON arrays.
    package init(path: String, format: AudienceFormat? = nil) throws(AudienceError) {
        if path == Self.standardInputPath {
            try self.init(
                FileSource(descriptor: 0, name: "standard input"), sizeBytes: nil, format: format)
        } else {
            let file = try FileSource(path: path)
            try self.init(
                file, sizeBytes: file.sizeBytes, format: format ?? AudienceFormat(path: path))
        }
    }

    /// Reads an audience from any source of bytes.
    ///
    /// - Parameters:
    ///   - source: The bytes, compressed or not.
    ///   - sizeBytes: How many there are, if that is known.
    ///   - format: The format; nil to tell it by the first bytes.
    /// - Throws: What the source throws, or `notAnAudience`.
    package init(
        _ source: any ByteSource, sizeBytes: UInt64? = nil, format: AudienceFormat? = nil
    ) throws(AudienceError) {
        let raw = try LookaheadSource(source)
        isCompressed = raw.head.starts(with: [0x1F, 0x8B])
        let text = isCompressed ? try LookaheadSource(GzipSource(raw)) : raw
        try AudienceFormat.checkEncoding(text.head)
        if let format {
            self.format = format
        } else {
            self.format = try AudienceFormat(firstBytes: text.head)
        }
        self.sizeBytes = sizeBytes
        self.source = text
    }
}
