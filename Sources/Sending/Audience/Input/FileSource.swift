import Glibc

/// A file, or the standard input, as a source of bytes.
final class FileSource: ByteSource {
    /// The size of a regular file; nil for pipes and devices.
    let sizeBytes: UInt64?
    private(set) var fileBytesRead: UInt64 = 0
    private let descriptor: Int32
    private let path: String
    private let ownsDescriptor: Bool

    /// Opens a file for reading.
    init(path: String) throws(AudienceError) {
        descriptor = try SystemCall.open(path, O_RDONLY)
        self.path = path
        ownsDescriptor = true
        sizeBytes = Self.size(descriptor)
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
    }

    /// Reads a descriptor that somebody else closes.
    init(descriptor: Int32, name: String) {
        self.descriptor = descriptor
        path = name
        ownsDescriptor = false
        sizeBytes = Self.size(descriptor)
    }

    deinit {
        if ownsDescriptor { close(descriptor) }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(AudienceError) -> Int {
        let count = try unsafe SystemCall.read(descriptor, buffer, path: path)
        fileBytesRead += UInt64(count)
        return count
    }

    private static func size(_ descriptor: Int32) -> UInt64? {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return nil
        }
        return UInt64(status.st_size)
    }
}
