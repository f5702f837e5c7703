import Engine

/// A row of the `page` table, checked.
struct PageRow {
    let page: PageIndex
    let count: Int
    let recipientsBytes: Int
    let state: PageState
    let dueMilliseconds: Int64?

    /// Reads the first five columns of `listPages` and `scanPages`; `nil` for impossible values.
    init?(_ statement: PreparedStatement) {
        guard let page = UInt32(exactly: statement.integer(0)),
            page < StorageLimits.pagesMax,
            let count = Int(exactly: statement.integer(1)),
            (1...PageLayout.recipientsMax).contains(count),
            let bytes = Int(exactly: statement.integer(2)),
            (0...StorageLimits.recipientsBytesMax).contains(bytes),
            let state = UInt8(exactly: statement.integer(3)),
            let state = PageState(rawValue: state)
        else { return nil }
        self.page = PageIndex(page)
        self.count = count
        recipientsBytes = bytes
        self.state = state
        dueMilliseconds = statement.optionalInteger(4)
        if state == .parked && dueMilliseconds == nil { return nil }
    }
}
