import Glibc

extension StorageError {
    /// What a system call has set `errno` to, as this module's error.
    static func system(_ number: Int32, _ operation: String, path: String) -> StorageError {
        let code: Code =
            switch number {
            case ENOENT: .missing
            case EEXIST: .exists
            case ENOSPC, EDQUOT: .full
            default: .inputOutput
            }
        return StorageError(
            code, operation, path: path, message: unsafe String(cString: strerror(number)),
            systemCode: number)
    }
}
