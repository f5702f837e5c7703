import Glibc

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

    /// Writes a line to standard output.
    static func output(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }

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
