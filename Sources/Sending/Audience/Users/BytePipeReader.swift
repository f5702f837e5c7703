/// The end of a `BytePipe` that one thread reads, waiting where nothing has come yet.
package final class BytePipeReader: ByteSource {
    private let pipe: BytePipe
    private var current: [UInt8] = []
    private var place = 0

    /// The bytes read so far.
    package private(set) var fileBytesRead: UInt64 = 0

    /// Begins to read a pipe, which has one reader in its life.
    package init(_ pipe: BytePipe) { self.pipe = pipe }

    /// Reads what is left of a piece, or waits for the next one.
    ///
    /// - Parameter buffer: Not empty; any number of its first bytes is overwritten.
    /// - Returns: How many bytes were read: 0 only at the end of the input.
    /// - Throws: `interrupted` when the input ended before it was complete.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(AudienceError) -> Int {
        while place == current.count {
            guard let next = try pipe.next() else { return 0 }
            current = next
            place = 0
        }
        let count = min(buffer.count, current.count - place)
        unsafe current.withUnsafeBytes { bytes in
            unsafe buffer.copyMemory(
                from: UnsafeRawBufferPointer(rebasing: bytes[place..<(place + count)]))
        }
        place += count
        fileBytesRead += UInt64(count)
        return count
    }
}
