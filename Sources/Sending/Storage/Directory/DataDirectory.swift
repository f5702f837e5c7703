import Glibc

/// The folder that holds everything of one server, readable by its owner only.
///
/// | file | what |
/// |---|---|
/// | `control.sqlite` | the control plane's database |
/// | `lock` | locked by the server that works on the folder; holds its id |
///
/// The lock is the kernel's (`flock`) and held for as long as the value lives, so it ends with the
/// process, however that ends.
package final class DataDirectory: Sendable {
    /// The folder as it was given, relative paths included.
    package let path: String
    private let lock: DirectoryLock

    /// Makes the folder and its parents where they are missing, and locks it.
    ///
    /// - Throws: `locked` with the id of the process that holds it; `inputOutput`, `missing`.
    package init(_ path: String) throws(StorageError) {
        try Self.make(path)
        self.path = path
        lock = try DirectoryLock(path + "/lock", of: "data directory", use: "serves it")
    }

    private static func make(_ path: String) throws(StorageError) {
        let operation = "create the data directory"
        if unsafe mkdir(path, 0o700) == 0 { return }
        var failure = errno
        if failure == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex {
            try make(String(path[..<slash]))
            if unsafe mkdir(path, 0o700) == 0 { return }
            failure = errno
        }
        var status = stat()
        guard failure == EEXIST, unsafe stat(path, &status) == 0 else {
            throw StorageError.system(failure, operation, path: path)
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw StorageError.system(ENOTDIR, operation, path: path)
        }
    }
}
