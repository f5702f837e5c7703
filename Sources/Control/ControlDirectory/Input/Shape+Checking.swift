package import JSON

extension Shape {
    /// Checks an input against the shape.
    ///
    /// - Throws: `Problem` of the code `validationFailed` with every mistake, up to a bound.
    package func check(_ value: JSONValue) throws(Problem) {
        var mistakes: [FieldMistake] = []
        check(value, at: "", &mistakes)
        if !mistakes.isEmpty { throw .invalid(mistakes) }
    }

    /// Appends the mistakes of a value.
    package func check(_ value: JSONValue, at path: String, _ mistakes: inout [FieldMistake]) {
        guard mistakes.count < InputLimits.mistakes else { return }
        func mistake(_ code: String, _ message: String) {
            mistakes.append(FieldMistake(path: path, code: code, message: message))
        }
        func wrongType() { mistake("wrong_type", "expected \(phrase), got \(value.phrase)") }
        switch self {
        case .named(_, let shape), .described(let shape, _):
            shape.check(value, at: path, &mistakes)
        case .nullable(let shape):
            if !value.isNull { shape.check(value, at: path, &mistakes) }
        case .string(let rule):
            guard let text = value.string else { return wrongType() }
            if let (code, message) = rule.mistake(in: text) { mistake(code, message) }
        case .choice(let words):
            guard let text = value.string else { return wrongType() }
            guard words.contains(text) else {
                return mistake("unknown_value", "expected one of \(words.joined(separator: ", "))")
            }
        case .time:
            guard let text = value.string else { return wrongType() }
            guard Timestamp(rfc3339: text) != nil else {
                return mistake(
                    "wrong_format", "expected a time as RFC 3339, such as 2026-01-31T08:00:00Z")
            }
        case .boolean: if value.bool == nil { wrongType() }
        case .integer(let range):
            guard let number = value.integer else { return wrongType() }
            if !range.contains(number) { mistake("out_of_range", "expected \(range.phrase)") }
        case .number(let range):
            guard let number = value.double else { return wrongType() }
            if !range.contains(number) {
                mistake("out_of_range", "expected \(range.lowerBound) to \(range.upperBound)")
            }
        case .array(let shape, let counts):
            guard let items = value.array else { return wrongType() }
            guard counts.contains(items.count) else {
                return mistake("wrong_count", "expected \(counts.phrase) items, got \(items.count)")
            }
            for (index, item) in items.enumerated() {
                shape.check(item, at: "\(path)/\(index)", &mistakes)
            }
        case .object(let shape):
            guard let fields = value.object else { return wrongType() }
            shape.check(fields, at: path, &mistakes)
        case .map(let shape, let namesMax):
            guard let fields = value.object else { return wrongType() }
            guard fields.count <= namesMax else {
                return mistake("wrong_count", "expected at most \(namesMax) names")
            }
            for (name, field) in fields.sorted(by: { $0.key < $1.key }) {
                shape.check(field, at: JSONPointer.appending(name, to: path), &mistakes)
            }
        case .json:
            checkDocument(value, at: path, &mistakes)
        case .jsonObject:
            guard value.object != nil else { return wrongType() }
            checkDocument(value, at: path, &mistakes)
        }
    }

    private func checkDocument(
        _ value: JSONValue, at path: String, _ mistakes: inout [FieldMistake]
    ) {
        var values = 0
        guard value.isWithin(depth: InputLimits.nesting, &values), values <= InputLimits.values
        else {
            mistakes.append(
                FieldMistake(
                    path: path, code: "too_large",
                    message: "expected at most \(InputLimits.nesting) levels, "
                        + "\(InputLimits.values) values, and no NUL character"))
            return
        }
    }

    /// With its article, for messages.
    private var phrase: String {
        switch self {
        case .string, .choice: "a string"
        case .time: "a time"
        case .integer: "an integer"
        case .number: "a number"
        case .boolean: "a boolean"
        case .array: "an array"
        case .object, .map, .jsonObject: "an object"
        case .json: "any value"
        case .nullable(let shape): "\(shape.phrase) or null"
        case .named(_, let shape), .described(let shape, _): shape.phrase
        }
    }
}

extension ObjectShape {
    func check(
        _ value: [String: JSONValue], at path: String, _ mistakes: inout [FieldMistake]
    ) {
        for field in fields {
            let place = JSONPointer.appending(field.name, to: path)
            if let item = value[field.name] {
                field.shape.check(item, at: place, &mistakes)
            } else if field.isRequired {
                mistakes.append(
                    FieldMistake(path: place, code: "missing", message: "is required"))
            }
        }
        for name in value.keys.sorted() where !fields.contains(where: { $0.name == name }) {
            guard mistakes.count < InputLimits.mistakes else { return }
            let known = fields.map(\.name).joined(separator: ", ")
            mistakes.append(
                FieldMistake(
                    path: JSONPointer.appending(name, to: path), code: "unknown_field",
                    message: known.isEmpty ? "no field is known here" : "known here: \(known)"))
        }
    }
}

extension TextRule {
    /// What is wrong with a text: code and message.
    func mistake(in text: String) -> (String, String)? {
        let scalars = text.unicodeScalars
        let count = scalars.count
        guard lengths.contains(count) else {
            return (
                count < lengths.lowerBound ? "too_short" : "too_long",
                "expected \(lengths.phrase) characters, got \(count)"
            )
        }
        // Text is stored as C strings in places, and no name needs one.
        guard !scalars.contains("\0") else { return ("wrong_format", "a NUL is not allowed") }
        guard scalars.allSatisfy(isAllowed) else {
            return ("wrong_format", expectation ?? "it has a character that is not allowed")
        }
        return nil
    }
}

extension JSONValue {
    /// With its article, for messages.
    package var phrase: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer: "an integer"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    /// Counts the values, and whether no level is too deep and no text has a NUL.
    fileprivate func isWithin(depth: Int, _ values: inout Int) -> Bool {
        values += 1
        switch self {
        case .string(let text): return !text.utf8.contains(0)
        case .array(let items):
            return depth > 0 && items.allSatisfy { $0.isWithin(depth: depth - 1, &values) }
        case .object(let fields):
            return depth > 0
                && fields.allSatisfy {
                    !$0.key.utf8.contains(0) && $0.value.isWithin(depth: depth - 1, &values)
                }
        default: return true
        }
    }
}

extension ClosedRange where Bound: FixedWidthInteger {
    /// For messages: `1 to 255`.
    fileprivate var phrase: String {
        if lowerBound == upperBound { return "exactly \(lowerBound)" }
        if upperBound == .max {
            return lowerBound == .min ? "an integer" : "at least \(lowerBound)"
        }
        return "\(lowerBound) to \(upperBound)"
    }
}
