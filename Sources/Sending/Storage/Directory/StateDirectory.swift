import Glibc

/// The folder that holds everything of one campaign, readable by its owner only.
///
/// | file | what |
/// |---|---|
/// | `campaign.sqlite` | the campaign, its audience and its results |
/// | `campaign.sqlite.importing` | there until the audience is read |
/// | `journal-0`… | the flight journal of each shard, which the runtime makes |
/// | `rejects.csv` | rows that the import refused |
/// | `lock` | locked by the process that may write; holds its id |
///
/// `create` and `open` take the lock, and hold it for as long as the value lives; readers take
/// none. The lock is the kernel's (`flock`), so it ends with the process, however that ends.
package final class StateDirectory: Sendable {
    /// The folder as it was given, relative paths included.
    package let path: String
    private let lock: DirectoryLock?

    private init(path: String, lock: DirectoryLock?) {
        self.path = path
        self.lock = lock
    }

    /// Where the campaign's database lies; it need not be there yet.
    package var databasePath: String { path + "/campaign.sqlite" }
    /// Where the import lists the rows that it refused; absent when it refused none.
    package var rejectsPath: String { path + "/rejects.csv" }

    /// Whether a file of this name in a state directory is one of the campaign's own.
    package static func isOwn(_ name: String) -> Bool {
        name.hasPrefix("campaign.sqlite") || name.hasPrefix("journal-")
            || ["rejects.csv", "lock"].contains(name)
    }

    /// Whether this process may write.
    package var isLocked: Bool { lock != nil }

    /// Makes the folder with mode 0700 whatever the umask is, and locks it.
    ///
    /// A folder that is there already is taken if it is empty, or if it holds what an import left
    /// before its database was made. Parents are not made.
    ///
    /// - Throws: `exists` when there is a campaign in it; `notACampaign` when other files are;
    ///   `locked`, `missing`, `inputOutput`.
    package static func create(_ path: String) throws(StorageError) -> StateDirectory {
        let operation = "create the state directory"
        let isNew = unsafe mkdir(path, 0o700) == 0
        if !isNew {
            guard errno == EEXIST else { throw StorageError.system(errno, operation, path: path) }
            try checkAdoptable(path, operation)
        }
        guard unsafe chmod(path, 0o700) == 0 else {
            throw StorageError.system(errno, operation, path: path)
        }
        let lock = try DirectoryLock(path + "/lock")
        // Another process may have made a campaign between the look and the lock.
        if !isNew { try checkAdoptable(path, operation) }
        // The folder's own name; its files' names SQLite makes durable with its log.
        try Folder.synchronize(path + "/..", operation)
        return StateDirectory(path: path, lock: lock)
    }

    /// Locks an existing state directory for the one process that may write.
    ///
    /// - Throws: `missing`; `notACampaign` when there is no database in it; `locked`, with the id
    ///   of the process that holds it.
    package static func open(_ path: String) throws(StorageError) -> StateDirectory {
        try checkCampaign(path)
        return StateDirectory(path: path, lock: try DirectoryLock(path + "/lock"))
    }

    /// Names the files of an existing state directory for reading, also while another process runs.
    ///
    /// - Throws: `missing`, `notACampaign`.
    package static func openReadOnly(_ path: String) throws(StorageError) -> StateDirectory {
        try checkCampaign(path)
        return StateDirectory(path: path, lock: nil)
    }

    /// Removes what an unfinished import left, so that it can begin anew; the lock is held.
    ///
    /// - Throws: `inputOutput`.
    package func removeCampaign() throws(StorageError) {
        precondition(isLocked, "A state directory was emptied without its lock.")
        try CampaignDatabase.remove(at: databasePath)
        guard unsafe unlink(rejectsPath) == 0 || errno == ENOENT else {
            throw StorageError.system(errno, "remove a file", path: rejectsPath)
        }
    }

    /// Removes what a failed import left and nobody needs: the database, and the folder itself
    /// unless there are rejects to read in it.
    ///
    /// Takes what cannot be removed for needed. The folder is not to be used any more.
    package func removeFailedImport() {
        precondition(isLocked, "A state directory was emptied without its lock.")
        try? CampaignDatabase.remove(at: databasePath)
        guard unsafe access(rejectsPath, F_OK) != 0 else { return }
        unsafe unlink(path + "/lock")
        unsafe rmdir(path)
    }
}

extension StateDirectory {
    private static func checkCampaign(_ path: String) throws(StorageError) {
        let operation = "open the state directory"
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            throw StorageError.system(errno, operation, path: path)
        }
        guard unsafe stat(path + "/campaign.sqlite", &status) == 0 else {
            let failure = errno
            guard failure == ENOENT || failure == ENOTDIR else {
                throw StorageError.system(failure, operation, path: path)
            }
            throw StorageError(
                .notACampaign, operation, path: path, message: "there is no campaign in it")
        }
    }

    /// Never takes over, and never changes the mode of, a folder with anything else in it.
    private static func checkAdoptable(
        _ path: String, _ operation: String
    ) throws(StorageError) {
        var status = stat()
        guard unsafe stat(path + "/campaign.sqlite", &status) != 0 else {
            throw StorageError(
                .exists, operation, path: path, message: "there is a campaign in it")
        }
        guard let directory = unsafe opendir(path) else {
            throw StorageError.system(errno, operation, path: path)
        }
        defer { unsafe closedir(directory) }
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe String(cString: UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self))
            }
            switch name {
            case ".", "..", "lock", "rejects.csv", "campaign.sqlite" + ImportMark.suffix: break
            default:
                throw StorageError(
                    .notACampaign, operation, path: path, message: "it holds other files")
            }
        }
    }
}
