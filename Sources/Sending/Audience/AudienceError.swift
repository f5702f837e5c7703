/// Why an audience cannot be read, imported or written.
///
/// A row that cannot be used is not an error but a `Reject`; an import goes on after it. Texts name
/// files, lines, columns and names of columns, never the value of a field.
package enum AudienceError: Error, Sendable, CustomStringConvertible {
    /// A system call on a file failed.
    case file(operation: String, path: String, code: Int32)
    /// The compressed input is damaged, near this byte of the file.
    case gzip(reason: String, offset: UInt64)
    /// The first line does not say what the columns are.
    case header(HeaderProblem, line: UInt64, column: Int)
    /// The input is neither CSV nor JSON Lines.
    case notAnAudience(String)
    /// More lines were rejected than the caller allows. Nothing may be sent.
    case tooManyRejects(rejected: UInt64, rows: UInt64, limit: RejectLimit)
    /// There are more recipients than ordinals of 32 bits, about four billion.
    case tooManyRecipients
    /// The caller asked to stop.
    case cancelled
    /// The input broke off.
    case interrupted(String)
    /// The receiver of the pages failed.
    case sink(any Error)

    package var description: String {
        switch self {
        case .file(let operation, let path, let code):
            "\(operation) \(path): \(SystemCall.message(code))"
        case .gzip(let reason, let offset):
            "the compressed input is damaged near byte \(offset): \(reason)"
        case .header(let problem, let line, let column):
            "line \(line), column \(column): \(problem)"
        case .notAnAudience(let reason): reason
        case .tooManyRejects(let rejected, let rows, let limit):
            "\(rejected) of \(rows) rows were rejected, more than the \(limit) allowed"
        case .tooManyRecipients: "an audience has at most 4,294,967,295 recipients"
        case .cancelled: "the import was cancelled"
        case .interrupted(let reason): reason
        case .sink(let error): "the pages of the audience cannot be stored: \(error)"
        }
    }
}

/// What is wrong with the header of a CSV file.
package enum HeaderProblem: Sendable, Equatable, CustomStringConvertible {
    /// There is no line at all.
    case missing
    /// No column, or more than one, is called `user_id` or `userId`.
    case noUserID(separatorHint: Bool)
    case twoUserIDs
    case duplicateName(String)
    case emptyName
    case nameTooLong(limit: Int)
    case tooManyColumns(limit: Int)
    /// A column of consent names no type of channels.
    case unknownConsent(String)
    /// The line is no CSV row, or not UTF-8.
    case malformed(RejectReason)

    package var description: String {
        switch self {
        case .missing: "the file is empty; expected a header row with a column user_id or userId"
        case .noUserID(let hint):
            "the header has no column user_id or userId"
                + (hint ? "; columns must be separated by commas" : "")
        case .twoUserIDs: "the header has more than one column user_id or userId"
        case .duplicateName(let name): "the header has the column \(name) twice"
        case .emptyName: "a column of the header has no name"
        case .nameTooLong(let limit): "the name of a column is longer than \(limit) bytes"
        case .tooManyColumns(let limit):
            "the header has more than \(limit) columns beside the user id"
        case .unknownConsent(let name): "the column \(name) names no type of channels"
        case .malformed(let reason): "the header cannot be read: \(reason)"
        }
    }
}
