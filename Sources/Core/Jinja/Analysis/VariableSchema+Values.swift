extension VariableSchema {
    /// What is wrong with the variables of a recipient, each with its path; empty if they fit.
    ///
    /// Required variables without a default must be there, and each value be of its type.
    package func problems(of variables: JSONDocument) -> [String] {
        Shape(.object(self.variables, isOpen: isOpen)).mismatches(variables.value, nil)
    }
}

extension VariableSchema.Shape {
    /// The first thing that is wrong with a value.
    func mismatch(_ value: Value, _ path: VariablePath?) -> String? {
        mismatches(value, path).first
    }

    func mismatches(_ value: Value, _ path: VariablePath?) -> [String] {
        if value.tag == .none, isNullable { return [] }
        let subject = path?.description ?? "the variables"
        switch (kind, value.tag) {
        case (.any, _), (.number, .int), (.number, .float), (.number, .bigInt), (.integer, .int),
            (.integer, .bigInt), (.boolean, .bool):
            return []
        case (.string, _) where value.isString: return []
        case (.integer, .float) where value.float == value.float.rounded(): return []
        case (.array(let item), .list):
            let list = ListObject(value)
            return (0..<list.count).flatMap { i in
                item.mismatches(list[i], path.map { Self.step($0, .field("\(i)")) })
            }
        case (.object(let properties, let isOpen), .dict):
            return Self.mismatches(DictObject(value), properties, isOpen: isOpen, path)
        default:
            let expected = kind.phrase + (isNullable ? " or null" : "")
            return ["\(subject) is \(Self.phrase(value)), expected \(expected)"]
        }
    }

    private static func mismatches(
        _ fields: DictObject, _ properties: [VariableSchema.Property], isOpen: Bool,
        _ path: VariablePath?
    ) -> [String] {
        var problems: [String] = []
        var found: Set<String> = []
        for i in 0..<fields.count {
            let name = fields.key(i).text.string
            found.insert(name)
            let inner = path.map { step($0, .field(name)) } ?? VariablePath(name)
            if let property = properties.first(where: { $0.name == name }) {
                problems += property.shape.mismatches(fields.value(i), inner)
            } else if !isOpen {
                let hint = Suggestion.hint(for: name, among: properties.map(\.name))
                problems.append("\(inner) is not in the schema\(hint)")
            }
        }
        for property in properties
        where property.isRequired && !property.hasDefault && !found.contains(property.name) {
            let inner = path.map { step($0, .field(property.name)) } ?? VariablePath(property.name)
            problems.append("\(inner) is required and missing")
        }
        return problems
    }

    private static func step(_ path: VariablePath, _ step: VariablePath.Step) -> VariablePath {
        VariablePath(path.root, path.steps + [step])
    }

    private static func phrase(_ value: Value) -> String {
        switch value.tag {
        case .none: "null"
        case .bool: "a boolean"
        case .int, .bigInt: "an integer"
        case .float: "a number"
        case .list: "an array"
        case .dict: "an object"
        default: "a string"
        }
    }
}
