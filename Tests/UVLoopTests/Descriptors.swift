#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// `SIGWINCH`, which nothing in a test process minds.
let windowChange: Int32 = SIGWINCH

func raiseWindowChange() { _ = kill(getpid(), SIGWINCH) }

/// Whether two arrays are equal; `==` on megabytes takes seconds in a debug build.
func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    unsafe left.count == right.count && memcmp(left, right, left.count) == 0
}

/// A connected pair of stream sockets, closed by `close()`.
struct SocketPair {
    let first: Int32
    let second: Int32

    init() {
        var pair: [Int32] = [0, 0]
        let result = unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair)
        precondition(result == 0, "No sockets are left.")
        (first, second) = (pair[0], pair[1])
    }

    static func send(_ descriptor: Int32, _ bytes: [UInt8]) {
        _ = unsafe write(descriptor, bytes, bytes.count)
    }

    static func receive(_ descriptor: Int32) -> Int {
        var bytes = [UInt8](repeating: 0, count: 64)
        return unsafe read(descriptor, &bytes, bytes.count)
    }

    static func close(_ descriptor: Int32) {
        #if canImport(Glibc)
            _ = Glibc.close(descriptor)
        #else
            _ = Darwin.close(descriptor)
        #endif
    }
}
