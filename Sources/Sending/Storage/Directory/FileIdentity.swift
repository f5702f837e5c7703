import Glibc

/// Which file a path names: its inode, the device that has it, and what it is.
package struct FileIdentity: Equatable {
    /// What a file is.
    package enum Kind: Sendable {
        case regular
        case folder
        /// A device, a pipe, a socket.
        case special
    }

    /// What the file is.
    package let kind: Kind
    private let device: UInt
    private let inode: UInt

    /// Looks at a path.
    ///
    /// - Parameters:
    ///   - path: Symbolic links are followed.
    ///   - operation: What is being done, for the error.
    /// - Throws: `missing` when there is nothing at the path; `inputOutput`.
    package init(of path: String, _ operation: String) throws(StorageError) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            throw StorageError.system(errno, operation, path: path)
        }
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .folder
            default: .special
            }
        device = UInt(status.st_dev)
        inode = UInt(status.st_ino)
    }
}
