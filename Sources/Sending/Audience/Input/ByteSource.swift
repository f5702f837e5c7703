/// Where the bytes of an audience come from, in order and once.
package protocol ByteSource: AnyObject {
    /// The bytes read so far from the file itself, before decompression.
    var fileBytesRead: UInt64 { get }

    /// Reads the next bytes.
    ///
    /// - Parameter buffer: Not empty; any number of its first bytes is overwritten.
    /// - Returns: How many bytes were read: 0 only at the end of the input.
    /// - Throws: `file` or `gzip`.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(AudienceError) -> Int
}

/// A source whose first bytes can be seen before they are read.
final class LookaheadSource: ByteSource {
    /// The first bytes, fewer than asked for only if the input is shorter.
    let head: [UInt8]
    private let source: any ByteSource
    private var headRead = 0

    init(_ source: any ByteSource) throws(AudienceError) {
        var head = [UInt8](repeating: 0, count: BufferSizes.lookaheadBytes)
        var filled = 0
        while filled < head.count {
            let count = try Self.read(source, into: &head, from: filled)
            if count == 0 { break }
            filled += count
        }
        self.head = Array(head.prefix(filled))
        self.source = source
    }

    private static func read(
        _ source: any ByteSource, into head: inout [UInt8], from start: Int
    ) throws(AudienceError) -> Int {
        try unsafe head.withUnsafeMutableBufferPointer { bytes throws(AudienceError) in
            let free = UnsafeMutableRawBufferPointer(bytes)
            return try unsafe source.read(
                into: UnsafeMutableRawBufferPointer(rebasing: free[start...]))
        }
    }

    var fileBytesRead: UInt64 { source.fileBytesRead }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(AudienceError) -> Int {
        let rest = head[headRead...].prefix(buffer.count)
        if rest.isEmpty { return try unsafe source.read(into: buffer) }
        unsafe buffer.copyBytes(from: rest)
        headRead += rest.count
        return rest.count
    }
}
