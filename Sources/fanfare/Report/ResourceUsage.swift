import Glibc

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
        func seconds(_ time: timeval) -> Double {
            Double(time.tv_sec) + Double(time.tv_usec) / 1e6
        }
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return ResourceUsage(
            cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
            maxRSSBytes: UInt64(usage.ru_maxrss) * 1_024,
            monotonicSeconds: Double(time.tv_sec) + Double(time.tv_nsec) / 1e9)
    }
}
