extension CSVScanner {
    /// Rejects the row found last, which ended properly, for a problem at one of its bytes.
    mutating func rejectRow(at place: UnsafeMutablePointer<UInt8>, _ reason: RejectReason) {
        unsafe setReject(at: place, reason)
        reject?.skippedLines = rowLine...(line - 1)
    }

    /// Rejects a row whose quoted field reaches the end of the window.
    mutating func rejectOpenQuote(
        at quote: UnsafeMutablePointer<UInt8>
    ) throws(AudienceError) -> Outcome {
        if unsafe window.end - row.start > rowBytesMax { return try rejectLong() }
        unsafe setReject(at: quote, .quoteNotClosed)
        try unsafe skip(from: row.start, .fieldStart)
        return .rejected
    }

    /// Rejects a row that is longer than rows may be.
    mutating func rejectLong() throws(AudienceError) -> Outcome {
        unsafe setReject(at: row.start + rowBytesMax, .rowTooLong(limit: rowBytesMax))
        try unsafe skip(from: row.start, .fieldStart)
        return .rejected
    }

    /// Rejects a row from a byte that cannot be there, and goes on at the next line.
    mutating func rejectRest(
        from place: UnsafeMutablePointer<UInt8>, _ reason: RejectReason
    ) throws(AudienceError) -> Outcome {
        // What lies beyond the limit must not matter: only some windows show it.
        if unsafe place - row.start > rowBytesMax { return try rejectLong() }
        unsafe setReject(at: place, reason)
        unsafe line += ByteScan.lineFeeds(row.start, place)
        try unsafe skip(from: place, .ignoringQuotes)
        return .rejected
    }

    private mutating func setReject(
        at place: UnsafeMutablePointer<UInt8>, _ reason: RejectReason
    ) {
        let (line, column) = unsafe position(of: place)
        reject = Reject(
            line: line, column: column, reason: reason, skippedLines: rowLine...rowLine)
    }

    /// The line and the column of a byte of the row found last, whose bytes are as they were.
    borrowing func position(
        of place: UnsafeMutablePointer<UInt8>
    ) -> (line: UInt64, column: Int) {
        var lineStart = unsafe place
        while unsafe lineStart > row.start && lineStart[-1] != Self.lineFeed {
            unsafe lineStart -= 1
        }
        let line = unsafe rowLine + ByteScan.lineFeeds(row.start, lineStart)
        return unsafe (line, place - lineStart + 1)
    }

    // MARK: Skipping

    /// Where in a row that is skipped the next byte is.
    private enum SkipState {
        case fieldStart
        case inField
        case inQuotes
        case afterQuoteInQuotes
        case ignoringQuotes

        mutating func pass(_ byte: UInt8) {
            switch (self, byte) {
            case (.ignoringQuotes, _): break
            case (.fieldStart, CSVScanner.quote), (.afterQuoteInQuotes, CSVScanner.quote):
                self = .inQuotes
            case (.inQuotes, CSVScanner.quote): self = .afterQuoteInQuotes
            case (.inQuotes, _): break
            case (_, CSVScanner.comma): self = .fieldStart
            default: self = .inField
            }
        }
    }

    /// Goes on after the row's end, however far it is, and completes the reject with its lines.
    private mutating func skip(
        from place: UnsafeMutablePointer<UInt8>, _ initial: SkipState
    ) throws(AudienceError) {
        var state = initial
        var cursor = unsafe place
        var endsInLineFeed = false
        while true {
            let end = unsafe window.end
            while unsafe cursor < end {
                let byte = unsafe cursor.pointee
                unsafe cursor += 1
                endsInLineFeed = byte == Self.lineFeed
                if endsInLineFeed {
                    line += 1
                    if state != .inQuotes {
                        unsafe window.advance(to: cursor)
                        reject?.skippedLines = rowLine...(line - 1)
                        return
                    }
                }
                state.pass(byte)
            }
            unsafe window.advance(to: end)
            try window.fill()
            if window.count == 0 { break }
            unsafe cursor = unsafe window.start
        }
        reject?.skippedLines = rowLine...(endsInLineFeed ? line - 1 : line)
    }
}
