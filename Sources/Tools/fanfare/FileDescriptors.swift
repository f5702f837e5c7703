import Glibc

/// The process's open files.
enum FileDescriptors {
    /// Raises the limit to what the system allows: each connection is one, and the usual soft limit
    /// of 1,024 is less than a campaign may ask for.
    static func raiseLimit() {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return
        }
        limit.rlim_cur = limit.rlim_max
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
