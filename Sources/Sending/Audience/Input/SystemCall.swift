import Glibc

/// The few system calls of the module, with interrupted calls repeated and failures as typed
/// errors.
enum SystemCall {
    static func open(
        _ path: String, _ flags: Int32, mode: mode_t = 0o600
    ) throws(AudienceError) -> Int32 {
        let descriptor = unsafe Glibc.open(path, flags | O_CLOEXEC, mode)
        if descriptor < 0 { throw .file(operation: "open", path: path, code: errno) }
        return descriptor
    }

    /// Reads up to the buffer's size; 0 is the end.
    static func read(
        _ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer, path: String
    ) throws(AudienceError) -> Int {
        while true {
            let count = unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            if errno != EINTR { throw .file(operation: "read", path: path, code: errno) }
        }
    }

    /// Writes all of the bytes, to the current place or to the given one.
    static func write(
        _ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, at offset: Int? = nil, path: String
    ) throws(AudienceError) {
        var done = 0
        while done < bytes.count {
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count =
                if let offset {
                    unsafe pwrite(descriptor, rest.baseAddress, rest.count, offset + done)
                } else {
                    unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
                }
            if count < 0 && errno == EINTR { continue }
            if count < 0 { throw .file(operation: "write", path: path, code: errno) }
            done += count
        }
    }

    /// Reads exactly the buffer's size from a place in a file.
    static func read(
        _ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer, at offset: Int, path: String
    ) throws(AudienceError) {
        var done = 0
        while done < buffer.count {
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = unsafe pread(
                descriptor, rest.baseAddress, rest.count, offset + done)
            if count < 0 && errno == EINTR { continue }
            if count <= 0 {
                throw .file(operation: "read", path: path, code: count < 0 ? errno : EIO)
            }
            done += count
        }
    }

    /// The system's text for an error number.
    static func message(_ code: Int32) -> String {
        unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    }
}
