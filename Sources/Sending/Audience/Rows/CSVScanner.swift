// Finds the fields of a CSV row (RFC 4180).
//
// 1. A row is scanned once, in a window that holds the whole of it. Fields are ranges of the
//    window; doubled quotes are undone later, and only for rows that are used, so that until then
//    the row's bytes are as they were and a problem's column can be told.
// 2. Rows end in a line feed, with or without a carriage return before it, or with the input. Blank
//    lines are no rows.
// 3. A quote counts only at the start of a field; elsewhere it is text, as most writers mean it.
// 4. After text that follows a closing quote the scanner goes on at the next line, whatever the
//    quotes: where they stopped making sense, they must not swallow more rows.

/// A field of a row: a range of the window, without its quotes.
// SAFETY: a range of the window, which does not move until the row has been used.
@safe
struct CSVField {
    var start: UnsafeMutablePointer<UInt8>
    var end: UnsafeMutablePointer<UInt8>
    /// Whether quotes in it are doubled.
    var hasQuotes: Bool

    /// The text of the field, with doubled quotes undone in place: read it once.
    @inline(__always)
    var text: UnsafeRawBufferPointer {
        let end = unsafe hasQuotes ? undoubled() : end
        return unsafe UnsafeRawBufferPointer(start: start, count: end - start)
    }

    /// Makes one quote of every two, and returns the new end of the field.
    private func undoubled() -> UnsafeMutablePointer<UInt8> {
        var source = unsafe start
        var target = unsafe start
        while unsafe source < end {
            let byte = unsafe source.pointee
            unsafe target.pointee = byte
            unsafe target += 1
            unsafe source += byte == CSVScanner.quote ? 2 : 1
        }
        return unsafe target
    }
}

/// The scanner's view of one row.
// SAFETY: a range of the window, likewise.
@safe
struct CSVRow {
    var start: UnsafeMutablePointer<UInt8>
    /// The end of the row, without its line end.
    var end: UnsafeMutablePointer<UInt8>
    /// The number of fields; more than the scanner keeps if the row has too many.
    var fieldCount = 0
    /// Where the first field that is not kept begins.
    var surplus: UnsafeMutablePointer<UInt8>?
}

// SAFETY: it owns its fields for its whole life, and keeps `fieldsMax` of them at the most.
@safe
struct CSVScanner: ~Copyable {
    enum Outcome {
        case row
        case rejected
        case end
    }

    var window: InputWindow
    /// The row found last.
    private(set) var row: CSVRow
    /// The row's first fields, as many as are kept.
    let fields: UnsafeMutablePointer<CSVField>
    let fieldsMax: Int
    /// Why and where the last row cannot be read.
    var reject: Reject?
    /// The line on which the next row starts.
    var line: UInt64 = 1
    /// The line on which the row found last started.
    private(set) var rowLine: UInt64 = 1
    let rowBytesMax: Int

    static let quote = UInt8(ascii: "\"")
    static let comma = UInt8(ascii: ",")
    static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    init(_ window: consuming InputWindow, fieldsMax: Int, rowBytesMax: Int) {
        row = unsafe CSVRow(start: window.start, end: window.start)
        self.window = window
        self.fieldsMax = fieldsMax
        self.rowBytesMax = rowBytesMax
        unsafe fields = UnsafeMutablePointer<CSVField>.allocate(capacity: fieldsMax)
    }

    deinit { unsafe fields.deallocate() }

    /// Skips the byte order mark of UTF-8, at the start of the input only.
    mutating func skipByteOrderMark() throws(AudienceError) {
        try window.fill()
        let start = unsafe window.start
        if unsafe window.count >= 3 && start[0] == 0xEF && start[1] == 0xBB && start[2] == 0xBF {
            unsafe window.advance(to: start + 3)
        }
    }

    /// Finds the next row that is not blank.
    mutating func next() throws(AudienceError) -> Outcome {
        while true {
            try window.fill()
            let start = unsafe window.start
            if window.count == 0 { return .end }
            if unsafe start[0] == Self.lineFeed {
                unsafe window.advance(to: start + 1)
            } else if unsafe start[0] == Self.carriageReturn && start[1] == Self.lineFeed {
                unsafe window.advance(to: start + (window.count == 1 ? 1 : 2))
            } else {
                return try scan()
            }
            line += 1
        }
    }

    /// Finds the fields of the row at the window's start.
    private mutating func scan() throws(AudienceError) -> Outcome {
        let windowEnd = unsafe window.end
        var cursor = unsafe window.start
        var fieldCount = 0
        var lineFeeds: UInt64 = 0
        row = unsafe CSVRow(start: cursor, end: cursor)
        rowLine = line
        while true {
            var field: CSVField
            if unsafe cursor.pointee == Self.quote {
                field = unsafe CSVField(start: cursor + 1, end: cursor + 1, hasQuotes: false)
                unsafe field.end = unsafe ByteScan.quote(cursor + 1, windowEnd)
                while unsafe field.end < windowEnd && field.end[1] == Self.quote {
                    field.hasQuotes = true
                    unsafe field.end = unsafe ByteScan.quote(field.end + 2, windowEnd)
                }
                guard unsafe field.end < windowEnd else {
                    return try unsafe rejectOpenQuote(at: cursor)
                }
                unsafe lineFeeds += ByteScan.lineFeeds(field.start, field.end)
                unsafe cursor = unsafe field.end + 1
            } else {
                let end = unsafe ByteScan.fieldEnd(cursor)
                field = unsafe CSVField(start: cursor, end: end, hasQuotes: false)
                unsafe cursor = unsafe end
            }
            if fieldCount < fieldsMax {
                unsafe fields[fieldCount] = field
            } else if fieldCount == fieldsMax {
                unsafe row.surplus = unsafe field.start
            }
            fieldCount += 1

            var next = unsafe cursor + 1
            switch unsafe cursor.pointee {
            case Self.comma:
                unsafe cursor = unsafe next
                continue
            case Self.lineFeed:
                // The feed behind the window's last byte ends the last row of the input, or shows
                // that the row is longer than the window.
                if unsafe cursor >= windowEnd { unsafe next = unsafe windowEnd }
            case Self.carriageReturn where unsafe next[0] == Self.lineFeed:
                unsafe next = unsafe next < windowEnd ? next + 1 : windowEnd
            case Self.carriageReturn:
                return try unsafe rejectRest(from: cursor, .bareCarriageReturn)
            default:
                return try unsafe rejectRest(from: cursor, .textAfterQuote)
            }
            unsafe row.end = unsafe cursor
            row.fieldCount = fieldCount
            if unsafe cursor - row.start > rowBytesMax {
                return try rejectLong()
            }
            unsafe window.advance(to: next)
            line += lineFeeds + 1
            return .row
        }
    }
}
