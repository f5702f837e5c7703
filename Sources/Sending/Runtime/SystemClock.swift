package import Engine
import Glibc
import UVLoop

/// Reads the machine's clocks, once per loop turn; everything below takes the time as an argument.
package enum SystemClock {
    package static var now: Moment {
        Moment(
            monotonicNanoseconds: Int64(EventLoop.hrtime), wallMilliseconds: wallMilliseconds)
    }

    /// Unix milliseconds.
    package static var wallMilliseconds: Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}

/// The identity of the running system: it changes when the machine starts anew.
package enum BootIdentity {
    /// The kernel's boot id as 128 bits; zeroes when it cannot be read, which makes every journal
    /// untrusted rather than trusted by mistake.
    package static var current: (UInt64, UInt64) {
        guard let file = unsafe fopen("/proc/sys/kernel/random/boot_id", "re") else {
            return (0, 0)
        }
        defer { unsafe fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 36)
        guard unsafe fread(&bytes, 1, 36, file) == 36 else { return (0, 0) }
        let digits = bytes.filter { $0 != UInt8(ascii: "-") }
        let text = String(decoding: digits, as: UTF8.self)
        return (UInt64(text.prefix(16), radix: 16) ?? 0, UInt64(text.suffix(16), radix: 16) ?? 0)
    }

    /// Whether the identity says anything.
    package static func isKnown(_ boot: (UInt64, UInt64)) -> Bool { boot != (0, 0) }
}
