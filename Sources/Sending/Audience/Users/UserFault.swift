/// What is wrong with a user, and in which of its fields.
package struct UserFault: Error, Hashable, Sendable {
    /// Where: a JSON pointer (RFC 6901); empty for the whole user.
    package let path: String
    /// What kind of mistake, stable.
    package let code: String
    /// What was expected, in a sentence.
    package let message: String

    /// Describes a mistake: a JSON pointer, a stable code and a sentence.
    package init(_ path: String, _ code: String, _ message: String) {
        self.path = path
        self.code = code
        self.message = message
    }
}

/// A row of an import that gave no user.
package struct UserReject: Sendable {
    /// The line of the problem, from 1.
    package let line: UInt64
    /// What is wrong there.
    package let fault: UserFault
}

extension UserFault {
    /// The same for a row that cannot be read at all.
    init(_ reject: Reject) { self.init(reject.reason, column: reject.column) }

    init(_ fault: RowFault) { self.init(fault.reason, column: fault.offset + 1) }

    private init(_ reason: RejectReason, column: Int) {
        if case .user(let fault) = reason {
            self = fault
        } else {
            self.init("", reason.code, "\(reason), at byte \(column) of the line")
        }
    }
}

extension RowFault {
    /// A fault of a user's field.
    static func user(_ path: String, _ code: String, _ message: String) -> RowFault {
        RowFault(reason: .user(UserFault(path, code, message)), offset: 0)
    }
}

extension RejectReason {
    /// What kind of mistake, stable.
    var code: String {
        switch self {
        case .rowTooLong: "row_too_long"
        case .invalidUTF8: "invalid_utf8"
        case .zeroByte: "zero_byte"
        case .fieldCount: "wrong_count"
        case .quoteNotClosed, .textAfterQuote, .bareCarriageReturn: "invalid_csv"
        case .nestedTooDeep: "too_large"
        case .unknownKey: "unknown_field"
        case .duplicateKey: "duplicate"
        case .user(let fault): fault.code
        case .emptyUserID, .userIDTooLong, .controlCharacterInUserID, .missingUserID, .userIDType:
            "wrong_format"
        case .syntax, .unpairedSurrogate, .variablesType, .emptyName, .nameTooLong,
            .tooManyColumns:
            "invalid_json"
        }
    }
}
