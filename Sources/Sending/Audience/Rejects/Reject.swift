/// A row that cannot be used, and where it is.
package struct Reject: Sendable, Equatable {
    /// The line of the problem, from 1.
    package let line: UInt64
    /// The byte of the line at which the problem shows, from 1.
    package let column: Int
    /// Which rule the row breaks.
    package let reason: RejectReason
    /// The lines that were left out with it.
    ///
    /// A row counts once for every line it covers, because a quote that is not closed makes one row
    /// of many: counted as one, a thousand recipients could be missing and one reject be reported.
    package internal(set) var skippedLines: ClosedRange<UInt64>

    /// How many rejects it counts for.
    package var count: UInt64 { UInt64(skippedLines.count) }
}

/// Why a row cannot be used.
///
/// The text names limits and keys, never the value of a field: a list of rejects holds no personal
/// data.
package enum RejectReason: Sendable, Equatable, CustomStringConvertible {
    case rowTooLong(limit: Int)
    case invalidUTF8
    case zeroByte
    case emptyUserID
    case userIDTooLong(limit: Int)
    case controlCharacterInUserID

    // CSV
    case fieldCount(found: Int, expected: Int)
    case quoteNotClosed
    case textAfterQuote
    case bareCarriageReturn

    // JSON Lines
    case syntax(expected: JSONExpectation)
    case unpairedSurrogate
    case nestedTooDeep(limit: Int)
    case unknownKey(String)
    case duplicateKey(String)
    case missingUserID
    case userIDType
    case variablesType
    case emptyName
    case nameTooLong(limit: Int)
    case tooManyColumns(limit: Int, name: String)

    // Users
    case user(UserFault)

    package var description: String {
        switch self {
        case .rowTooLong(let limit): "the row is longer than \(limit) bytes"
        case .invalidUTF8: "the bytes are not UTF-8"
        case .zeroByte: "the row contains a zero byte"
        case .emptyUserID: "the user id is empty"
        case .userIDTooLong(let limit): "the user id is longer than \(limit) bytes"
        case .controlCharacterInUserID: "the user id contains a control character"
        case .fieldCount(let found, let expected):
            "the row has \(found) fields; the header has \(expected)"
        case .quoteNotClosed: "the quote that opens here is not closed"
        case .textAfterQuote: "there is text after the closing quote of a field"
        case .bareCarriageReturn: "there is a carriage return without a line feed"
        case .syntax(let expected): "invalid JSON: expected \(expected.rawValue)"
        case .unpairedSurrogate: "invalid JSON: half of a surrogate pair"
        case .nestedTooDeep(let limit): "arrays and objects nest deeper than \(limit)"
        case .unknownKey(let name):
            "unknown key \"\(name)\"; variables belong into the object \"variables\""
        case .duplicateKey(let name): "the key \"\(name)\" is there twice"
        case .missingUserID: "there is no user_id"
        case .userIDType: "the user_id is neither a string nor an integer"
        case .variablesType: "the variables are not an object"
        case .emptyName: "a variable has no name"
        case .nameTooLong(let limit): "the name of a variable is longer than \(limit) bytes"
        case .tooManyColumns(let limit, let name):
            "the variable \"\(name)\" would be one more than the \(limit) that an audience may have"
        case .user(let fault):
            fault.path.isEmpty ? fault.message : "\(fault.path): \(fault.message)"
        }
    }
}

/// What a JSON row should have had where it has something else.
package enum JSONExpectation: String, Sendable {
    case object = "an object"
    case key = "a key in quotes"
    case colon = "a colon"
    case commaOrBrace = "a comma or a closing brace"
    case commaOrBracket = "a comma or a closing bracket"
    case value = "a value"
    case digit = "a digit"
    case closingQuote = "a closing quote"
    case escape = "a character that can be escaped"
    case noControlCharacter = "no control character in a string"
    case endOfRow = "the end of the line"
}
