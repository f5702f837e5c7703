import Glibc

/// Finds the lines of an input that has one row on each, and checks that they are UTF-8.
///
/// Blank lines are counted and passed over.
// SAFETY: both ends of the line lie in the window, which does not move until the next call of
// `next`.
@safe
struct LineScanner: ~Copyable {
    enum Outcome {
        /// A line is between `start` and `end`.
        case line
        /// A line cannot be used.
        case rejected(RowFault)
        case end
    }

    private(set) var window: InputWindow
    /// The line found last, without its end.
    private(set) var start: UnsafeMutablePointer<UInt8>
    private(set) var end: UnsafeMutablePointer<UInt8>
    /// The number of the line found last, from 1.
    private(set) var line: UInt64 = 0
    private let rowBytesMax: Int

    init(_ window: consuming InputWindow, rowBytesMax: Int) throws(AudienceError) {
        try window.fill()
        let start = unsafe window.start
        if unsafe window.count >= 3 && start[0] == 0xEF && start[1] == 0xBB && start[2] == 0xBF {
            unsafe window.advance(to: start + 3)
        }
        unsafe self.start = unsafe start
        unsafe end = unsafe start
        self.window = window
        self.rowBytesMax = rowBytesMax
    }

    mutating func next() throws(AudienceError) -> Outcome {
        while true {
            try window.fill()
            let count = window.count
            if count == 0 { return .end }
            line += 1
            unsafe start = unsafe window.start
            // The line feed behind the window's bytes makes sure that there is one.
            let found = unsafe memchr(start, 0x0A, count + 1)
            guard let found = unsafe found else {
                preconditionFailure("the window ends in a line feed")
            }
            let lineFeed = unsafe found.assumingMemoryBound(to: UInt8.self)
            unsafe end = unsafe lineFeed
            if unsafe end > start && end[-1] == UInt8(ascii: "\r") { unsafe end -= 1 }
            if unsafe end - start > rowBytesMax {
                try unsafe skipLine(from: lineFeed)
                return .rejected(
                    RowFault(reason: .rowTooLong(limit: rowBytesMax), offset: rowBytesMax))
            }
            unsafe window.advance(to: lineFeed < window.end ? lineFeed + 1 : window.end)

            var cursor = unsafe JSONCursor(start, end, depthMax: 0)
            cursor.skipSpace()
            if cursor.next == nil { continue }
            if unsafe !ByteScan.isPlain(start, end),
                let fault = unsafe UTF8Check.firstFault(start, end)
            {
                return .rejected(
                    RowFault(
                        reason: fault.isZero ? .zeroByte : .invalidUTF8, offset: fault.offset))
            }
            return .line
        }
    }

    /// Goes on after the end of a line that is too long, however far that is.
    private mutating func skipLine(
        from lineFeed: UnsafeMutablePointer<UInt8>
    ) throws(AudienceError) {
        var lineFeed = unsafe lineFeed
        while unsafe lineFeed >= window.end {
            unsafe window.advance(to: window.end)
            try window.fill()
            if window.count == 0 { return }
            let found = unsafe memchr(window.start, 0x0A, window.count + 1)
            guard let found = unsafe found else {
                preconditionFailure("the window ends in a line feed")
            }
            unsafe lineFeed = unsafe found.assumingMemoryBound(to: UInt8.self)
        }
        unsafe window.advance(to: lineFeed + 1)
    }
}
