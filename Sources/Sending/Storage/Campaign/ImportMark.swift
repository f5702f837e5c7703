import Glibc

/// The empty file beside a database that says that its import has not ended.
///
/// Until the end of the import nothing is synchronised and the file is in no order that a crash
/// would keep, so the database itself cannot be asked.
enum ImportMark {
    static let suffix = ".importing"

    static func exists(for database: String) -> Bool {
        unsafe access(database + suffix, F_OK) == 0
    }

    /// Sets the mark, before anything is written to the database.
    static func set(for database: String, _ operation: String) throws(StorageError) {
        let path = database + suffix
        let descriptor = unsafe Glibc.open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StorageError.system(errno, operation, path: path) }
        Glibc.close(descriptor)
    }

    /// Takes the mark away, durably: it must not come back once something was sent.
    static func remove(for database: String, _ operation: String) throws(StorageError) {
        let path = database + suffix
        guard unsafe unlink(path) == 0 || errno == ENOENT else {
            throw StorageError.system(errno, operation, path: path)
        }
        let slash = database.utf8.lastIndex(of: UInt8(ascii: "/"))
        try Folder.synchronize(slash.map { String(database[...$0]) } ?? ".", operation)
    }
}
