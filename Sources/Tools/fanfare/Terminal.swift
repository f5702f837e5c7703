import Glibc
import Synchronization

/// The user's terminal: standard error for people, standard output for what was asked for.
enum Terminal {
    /// Whether standard error is a terminal that can update a line in place.
    static let isInteractive: Bool = {
        guard isatty(STDERR_FILENO) == 1 else { return false }
        guard let terminal = unsafe getenv("TERM") else { return false }
        return unsafe String(cString: terminal) != "dumb"
    }()

    /// Whether standard output is a terminal that can update lines in place.
    static let isOutputInteractive: Bool = {
        guard isatty(STDOUT_FILENO) == 1 else { return false }
        guard let terminal = unsafe getenv("TERM") else { return false }
        return unsafe String(cString: terminal) != "dumb"
    }()

    /// Text of somebody else's, without the control characters that a terminal would obey.
    static func harmless(_ text: String) -> String {
        let isHarmless = text.unicodeScalars.allSatisfy {
            $0.properties.generalCategory != .control
        }
        guard !isHarmless else { return text }
        return String(
            String.UnicodeScalarView(
                text.unicodeScalars.map {
                    $0.properties.generalCategory == .control ? "\u{FFFD}" : $0
                }))
    }

    /// The terminal's width in columns.
    static var width: Int {
        var size = winsize()
        guard unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return 80
        }
        return Int(size.ws_col)
    }

    /// Writes a line to standard error.
    static func error(_ line: String) { write(line + "\n", to: STDERR_FILENO) }

    /// Writes text to standard error as it is.
    static func note(_ text: String) { write(text, to: STDERR_FILENO) }

    /// What kept standard output from taking something, as `errno`; 0 while nothing did.
    private static let outputFailure = Atomic<Int32>(0)

    /// Writes a line to standard output; `closeOutput` tells of a failure.
    static func output(_ line: String) { outputText(line + "\n") }

    /// Writes text to standard output as it is; `closeOutput` tells of a failure.
    static func outputText(_ text: String) {
        var text = text
        text.withUTF8 { bytes in _ = unsafe output(UnsafeRawBufferPointer(bytes)) }
    }

    /// Writes bytes to standard output; `closeOutput` tells of a failure.
    ///
    /// - Returns: Whether more is wanted: nothing is once a write has failed.
    static func output(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard outputFailure.load(ordering: .relaxed) == 0 else { return false }
        if unsafe write(bytes, to: STDOUT_FILENO) { return true }
        outputFailure.store(errno, ordering: .relaxed)
        return false
    }

    /// Closes standard output, after everything: some file systems tell only then that there was no
    /// room.
    ///
    /// - Throws: `CommandFailure` when not everything was written. A reader that has gone, as
    ///   `| head` does, wanted no more, and tells by its own exit code if it has failed.
    static func closeOutput() throws {
        var number = outputFailure.load(ordering: .relaxed)
        // A standard output that never was there (EBADF) matters to who writes to it.
        if number == 0, close(STDOUT_FILENO) != 0, errno != EBADF { number = errno }
        guard number != 0, number != EPIPE else { return }
        throw CommandFailure.other(
            "write standard output: \(unsafe String(cString: strerror(number)))")
    }

    /// Writes all bytes, however often the system takes only some.
    ///
    /// - Returns: Whether everything was written; `false` when the reader is gone.
    @discardableResult
    static func write(_ text: String, to descriptor: Int32) -> Bool {
        var text = text
        return text.withUTF8 { bytes in unsafe write(UnsafeRawBufferPointer(bytes), to: descriptor)
        }
    }

    /// Writes all bytes, however often the system takes only some.
    @discardableResult
    static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
        var offset = 0
        while offset < bytes.count {
            let written = unsafe Glibc.write(
                descriptor, bytes.baseAddress?.advanced(by: offset), bytes.count - offset)
            if written < 0 {
                if errno == EINTR || errno == EAGAIN { continue }
                return false
            }
            offset += written
        }
        return true
    }
}
