package import JSON

/// A request that was refused: RFC 9457 problem details, before they are put on a wire.
package struct Problem: Error, Sendable {
    /// The stable code, from which type, title and status follow.
    package var code: ErrorCode
    /// What is wrong with this request, in a sentence.
    package var detail: String
    /// The wrong fields of an input, by their JSON pointer.
    package var mistakes: [FieldMistake]
    /// Further members, such as the actions that a state allows.
    package var members: [String: JSONValue]

    /// Refuses a request.
    package init(
        _ code: ErrorCode, _ detail: String, mistakes: [FieldMistake] = [],
        members: [String: JSONValue] = [:]
    ) {
        self.code = code
        self.detail = detail
        self.mistakes = mistakes
        self.members = members
    }

    /// One wrong field.
    package static func invalid(_ path: String, _ code: String, _ message: String) -> Problem {
        invalid([FieldMistake(path: path, code: code, message: message)])
    }

    /// Wrong fields.
    package static func invalid(_ mistakes: [FieldMistake]) -> Problem {
        let places = mistakes.prefix(3).map { $0.path.isEmpty ? "the body" : $0.path }
        let rest = mistakes.count > 3 ? " and \(mistakes.count - 3) more" : ""
        return Problem(
            .validationFailed, "wrong: \(places.joined(separator: ", "))\(rest)", mistakes: mistakes
        )
    }

    /// A resource that the app does not have, whether or not another one has it.
    package static func notFound(_ kind: String, _ id: String) -> Problem {
        Problem(.notFound, "there is no \(kind) “\(id)”")
    }

    /// The members of the problem document.
    package var json: JSONValue {
        var fields = members
        fields["type"] = .string("urn:fanfare:problem:\(code.rawValue)")
        fields["title"] = .string(code.title)
        fields["status"] = .integer(Int64(code.status))
        fields["code"] = .string(code.rawValue)
        fields["detail"] = .string(detail)
        if !mistakes.isEmpty { fields["errors"] = .array(mistakes.map(\.json)) }
        return .object(fields)
    }
}

/// A wrong field of an input.
package struct FieldMistake: Error, Hashable, Sendable {
    /// Where: a JSON pointer (RFC 6901); empty for the whole body.
    package let path: String
    /// What kind of mistake, stable.
    package let code: String
    /// What was expected, in a sentence.
    package let message: String
    /// Where in a text of several lines, such as a template; from 1.
    package let line: Int?
    /// In code points, from 1; nil where there is no place.
    package let column: Int?

    /// Describes a mistake: a JSON pointer, a stable code and a sentence.
    package init(
        path: String, code: String, message: String, line: Int? = nil, column: Int? = nil
    ) {
        self.path = path
        self.code = code
        self.message = message
        self.line = line
        self.column = column
    }

    /// The mistake as a member of a problem.
    package var json: JSONValue {
        var fields: [String: JSONValue] = [
            "path": .string(path), "code": .string(code), "message": .string(message),
        ]
        if let line { fields["line"] = .integer(Int64(line)) }
        if let column { fields["column"] = .integer(Int64(column)) }
        return .object(fields)
    }
}

/// Places in a JSON document.
package enum JSONPointer {
    /// The place of a field or an item below another.
    package static func appending(_ step: String, to path: String) -> String {
        let escaped = step.replacing("~", with: "~0").replacing("/", with: "~1")
        return "\(path)/\(escaped)"
    }
}
