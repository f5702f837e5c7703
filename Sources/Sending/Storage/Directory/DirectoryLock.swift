import Glibc

/// An exclusive lock on a file for as long as the value lives: `flock`.
///
/// The file holds the owner's process id, for the message to whoever comes second. It is never
/// removed: a second process could then lock a new file while the first still holds the old one.
final class DirectoryLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock or fails at once.
    ///
    /// - Parameters:
    ///   - path: The file to lock.
    ///   - directory: What kind of folder it locks, for the message.
    ///   - use: What its holder does, for the message.
    /// - Throws: `locked` when another process, or another value in this one, has it.
    init(
        _ path: String, of directory: String = "state directory",
        use: String = "works on this campaign"
    ) throws(StorageError) {
        let operation = "lock the \(directory)"
        let descriptor = unsafe Glibc.open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StorageError.system(errno, operation, path: path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let failure = errno
            let holder = Self.holder(descriptor)
            Glibc.close(descriptor)
            guard failure == EWOULDBLOCK else {
                throw StorageError.system(failure, operation, path: path)
            }
            throw StorageError(
                .locked, operation, path: path, message: "\(holder) \(use)")
        }
        self.descriptor = descriptor
        // A umask may have taken the owner's own bits away.
        _ = fchmod(descriptor, 0o600)
        // The id is for people only, so that failing to write it does not matter.
        let text = "\(getpid())\n"
        _ = ftruncate(descriptor, 0)
        _ = unsafe pwrite(descriptor, text, text.utf8.count, 0)
    }

    deinit { Glibc.close(descriptor) }

    private static func holder(_ descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = unsafe pread(descriptor, &bytes, bytes.count, 0)
        let digits = bytes.prefix(max(0, count)).prefix { (48...57).contains($0) }
        return digits.isEmpty
            ? "another process" : "process " + String(decoding: digits, as: UTF8.self)
    }
}
