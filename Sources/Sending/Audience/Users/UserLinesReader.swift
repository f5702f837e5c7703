/// Reads users from JSON Lines: one object on a line, in the form that the API has.
struct UserLinesReader: ~Copyable {
    private var lines: LineScanner
    private var objects: UserObjectReader

    var fileBytesRead: UInt64 { lines.window.fileBytesRead }

    init(_ window: consuming InputWindow, _ rules: UserRules) throws(AudienceError) {
        lines = try LineScanner(window, rowBytesMax: UserLimits.rowBytes)
        objects = UserObjectReader(rules)
    }

    /// Goes on with other rules: attributes are declared at any time.
    mutating func use(_ rules: UserRules) { objects = UserObjectReader(rules) }

    /// Reads the next row into the batch, as a user or as a reject.
    ///
    /// - Returns: False at the end of the input.
    mutating func next(into batch: inout UserBatch) throws(AudienceError) -> Bool {
        switch try lines.next() {
        case .end: return false
        case .rejected(let fault): batch.reject(UserFault(fault), line: lines.line)
        case .line:
            do throws(RowFault) {
                try unsafe objects.read(lines.start, lines.end, line: lines.line, into: &batch)
            } catch {
                batch.reject(UserFault(error), line: lines.line)
            }
        }
        return true
    }
}
