import Engine
import Glibc
import Runtime

/// What the process has used so far.
struct ResourceUsage {
    /// User and system time of all threads.
    var cpuSeconds: Double
    /// The most memory that was resident.
    var maxRSSBytes: UInt64
    var monotonicSeconds: Double

    static var now: ResourceUsage {
        var usage = rusage()
        unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return ResourceUsage(
            // POSIX fixes CLOCKS_PER_SEC at a million.
            cpuSeconds: Double(clock()) / 1e6,
            maxRSSBytes: UInt64(usage.ru_maxrss) * 1_024,
            monotonicSeconds: Double(SystemClock.now.monotonicNanoseconds) / 1e9)
    }
}
