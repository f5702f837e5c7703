extension VariableSchema {
    /// Why a document is no schema.
    package struct Malformed: Error, Sendable, CustomStringConvertible {
        /// The way to the wrong part, such as `properties.order.type`; empty for the whole.
        package let path: String
        /// What was found and what was expected.
        package let message: String

        package var description: String { path.isEmpty ? message : "\(path): \(message)" }
    }

    /// Reads a schema from its JSON.
    ///
    /// - Throws: `Malformed`, which names the keyword.
    package init(_ document: JSONDocument) throws(Malformed) {
        let shape = try Self.shape(document.value, "", depth: 0)
        guard case .object(let variables, let isOpen) = shape.kind else {
            throw Malformed(
                path: "type", message: "the schema of the variables must be of type object")
        }
        self.init(variables, isOpen: isOpen)
    }

    private static let known = ["type", "properties", "required", "items", "default"]
    private static let annotations = [
        "title", "description", "examples", "$schema", "$id", "$comment", "additionalProperties",
    ]

    private static func shape(_ value: Value, _ path: String, depth: Int) throws(Malformed) -> Shape
    {
        guard value.tag == .dict else {
            throw Malformed(path: path, message: "expected an object, a schema")
        }
        guard depth < JinjaLimits.schemaDepth else {
            throw Malformed(
                path: path, message: "a schema has at most \(JinjaLimits.schemaDepth) levels")
        }
        let fields = DictObject(value)
        for i in 0..<fields.count {
            let name = fields.key(i).text.string
            guard known.contains(name) || annotations.contains(name) else {
                let hint = Suggestion.hint(for: name, among: known + annotations)
                throw Malformed(
                    path: join(path, name),
                    message: "this keyword is not supported\(hint); expected one of "
                        + known.joined(separator: ", "))
            }
        }
        var (type, isNullable) = try type(of: fields, path)
        if type == nil, fields["properties"] != nil { type = "object" }
        if type == nil, fields["items"] != nil { type = "array" }
        let kind: Kind
        switch type {
        case nil: kind = .any
        case "string": kind = .string
        case "number": kind = .number
        case "integer": kind = .integer
        case "boolean": kind = .boolean
        case "object":
            let isBare = fields["properties"] == nil
            kind = .object(
                try properties(fields, path, depth: depth),
                isOpen: try flag(fields, "additionalProperties", path) ?? isBare)
        case "array":
            let items = fields["items"]
            kind = .array(
                try items.map { value throws(Malformed) in
                    try shape(value, join(path, "items"), depth: depth + 1)
                } ?? Shape(.any))
        case let other?:
            throw Malformed(
                path: join(path, "type"),
                message:
                    "'\(other)' is no type; expected string, number, integer, boolean, object, "
                    + "array or a list of one of them and null")
        }
        return Shape(kind, isNullable: isNullable)
    }

    private static func type(
        of fields: DictObject, _ path: String
    ) throws(Malformed) -> (name: String?, isNullable: Bool) {
        guard let value = fields["type"] else { return (nil, false) }
        if value.isString { return (value.text.string, false) }
        guard value.tag == .list else {
            throw Malformed(path: join(path, "type"), message: "expected a string")
        }
        let list = ListObject(value)
        let names = (0..<list.count).map { list[$0].isString ? list[$0].text.string : "" }
        let others = names.filter { $0 != "null" }
        guard others.count == 1, let name = others.first else {
            throw Malformed(
                path: join(path, "type"), message: "expected one type, or one type and \"null\"")
        }
        return (name, names.count > 1)
    }

    private static func properties(
        _ fields: DictObject, _ path: String, depth: Int
    ) throws(Malformed) -> [Property] {
        var required: Set<String> = []
        if let value = fields["required"] {
            guard value.tag == .list else {
                throw Malformed(path: join(path, "required"), message: "expected a list of names")
            }
            let list = ListObject(value)
            for i in 0..<list.count {
                guard list[i].isString else {
                    throw Malformed(path: join(path, "required[\(i)]"), message: "expected a name")
                }
                required.insert(list[i].text.string)
            }
        }
        guard let value = fields["properties"] else {
            guard required.isEmpty else {
                throw Malformed(
                    path: join(path, "required"), message: "there are no properties to require")
            }
            return []
        }
        let place = join(path, "properties")
        guard value.tag == .dict else {
            throw Malformed(path: place, message: "expected an object of schemas")
        }
        let members = DictObject(value)
        var result: [Property] = []
        for i in 0..<members.count {
            let name = members.key(i).text.string
            let member = members.value(i)
            let shape = try shape(member, join(place, name), depth: depth + 1)
            let given = member.tag == .dict ? DictObject(member)["default"] : nil
            if let given, let problem = shape.mismatch(given, VariablePath(name)) {
                throw Malformed(path: join(place, "\(name).default"), message: "\(problem)")
            }
            result.append(
                Property(
                    name, shape, isRequired: required.remove(name) != nil, hasDefault: given != nil)
            )
        }
        if let unknown = required.sorted().first {
            let hint = Suggestion.hint(for: unknown, among: result.map(\.name))
            throw Malformed(
                path: join(path, "required"), message: "'\(unknown)' is no property\(hint)")
        }
        return result
    }

    private static func flag(
        _ fields: DictObject, _ name: String, _ path: String
    ) throws(Malformed) -> Bool? {
        guard let value = fields[name] else { return nil }
        guard value.tag == .bool else {
            throw Malformed(path: join(path, name), message: "expected true or false")
        }
        return value.bool
    }

    private static func join(_ path: String, _ name: String) -> String {
        path.isEmpty ? name : "\(path).\(name)"
    }
}

extension DictObject {
    /// The value under a name; for set-up, not for rendering.
    fileprivate subscript(name: String) -> Value? {
        (0..<count).first { key($0).isString && key($0).text.string == name }.map { value($0) }
    }
}
