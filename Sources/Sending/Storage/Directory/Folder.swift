import Glibc

/// A folder of the file system.
enum Folder {
    /// Makes the names of the files in a folder durable.
    static func synchronize(_ folder: String, _ operation: String) throws(StorageError) {
        let descriptor = unsafe Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StorageError.system(errno, operation, path: folder) }
        let result = fsync(descriptor)
        let failure = errno
        Glibc.close(descriptor)
        // Some file systems cannot synchronise a folder, and say so with EINVAL.
        guard result == 0 || failure == EINVAL else {
            throw StorageError.system(failure, operation, path: folder)
        }
    }
}
