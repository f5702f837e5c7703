import Glibc

/// What the kernel says of this process, under the names that Prometheus' own clients use.
package enum ProcessFigures {
    /// Adds them to a scrape; what cannot be read is left out.
    package static func collect(into page: inout Exposition) {
        if let pages = ProcFile.fields("/proc/self/statm").dropFirst().first.flatMap({ Double($0) })
        {
            page.gauge(
                "process_resident_memory_bytes", "Memory that is resident, in bytes.",
                pages * Double(sysconf(Int32(_SC_PAGESIZE))))
        }
        if let seconds = cpuSeconds {
            page.counter(
                "process_cpu_seconds_total", "User and system time of all threads, in seconds.",
                seconds)
        }
        if let count = openDescriptors {
            page.gauge("process_open_fds", "Open file descriptors.", Double(count))
        }
        var limit = rlimit()
        if unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            page.gauge(
                "process_max_fds", "File descriptors that may be open.", Double(limit.rlim_cur))
        }
        if let start = startSeconds {
            page.gauge(
                "process_start_time_seconds", "When the process started, in Unix seconds.", start)
        }
    }

    private static var cpuSeconds: Double? {
        var time = timespec()
        guard unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return nil }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static var openDescriptors: Int? {
        guard let directory = unsafe opendir("/proc/self/fd") else { return nil }
        defer { unsafe closedir(directory) }
        var count = 0
        while unsafe readdir(directory) != nil { count += 1 }
        // Without “.”, “..” and the descriptor of the folder itself.
        return count - 3
    }

    /// Computed once: it does not change, but its computation would, with the clock.
    private static let startSeconds: Double? = {
        // The second field, the command's name, may hold spaces; what follows its bracket may not.
        let text = ProcFile.text("/proc/self/stat")
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        // Field 22 of the file, in ticks since the machine started: proc(5).
        guard fields.count > 19, let ticks = Double(fields[19]),
            let uptime = ProcFile.fields("/proc/uptime").first.flatMap({ Double($0) })
        else { return nil }
        var now = timespec()
        guard unsafe clock_gettime(CLOCK_REALTIME, &now) == 0 else { return nil }
        let seconds = Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
        let started = seconds - uptime + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
        return (started * 100).rounded() / 100
    }()
}

/// Small files of the kernel.
private enum ProcFile {
    /// What fits into a buffer; none of the files that are read here is longer.
    static func text(_ path: String) -> String {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = unsafe read(descriptor, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    static func fields(_ path: String) -> [Substring] {
        text(path).split(whereSeparator: \.isWhitespace)
    }
}
