import JSON

/// Writes conditions as SQL.
///
/// 1. An expression may be NULL only where it is not true; `AND` and `OR` keep that, and `NOT` is
///    written as `IS NOT TRUE`. So no condition has to ask for NULL.
/// 2. Whatever stands in the text is the schema's own; whatever comes from the filter is an
///    argument. Its number does not depend on how many values `$in` has.
/// 3. A condition that an index answers stands as `<what was indexed> <operator> ?`, in no
///    function.
enum FilterWriter {
    /// The conditions that must all hold, first the schema's scope: no row of another app can pass.
    ///
    /// The scope is written as a number: only so does SQLite take the indexes that hold the rows of
    /// one app.
    static func parts(of condition: FilterCondition, in schema: FilterSchema) -> [FilterPart] {
        let scope = CompiledFilter(sql: "\(schema.scope.column) = \(schema.scope.value)")
        var conditions: [FilterCondition] = []
        flatten(condition, into: &conditions)
        return [FilterPart(compiled: scope, access: .scope)]
            + conditions.map {
                FilterPart(compiled: write($0, key: schema.key), access: $0.access)
            }
    }

    private static func flatten(_ condition: FilterCondition, into parts: inout [FilterCondition]) {
        guard case .all(let inner) = condition else { return parts.append(condition) }
        for part in inner { flatten(part, into: &parts) }
    }

    private static func write(_ condition: FilterCondition, key: String) -> CompiledFilter {
        switch condition {
        case .all(let parts):
            if parts.isEmpty { return CompiledFilter(sql: "TRUE") }
            return .joined(parts.map { write($0, key: key) }, by: " AND ")
        case .any(let parts): return .joined(parts.map { write($0, key: key) }, by: " OR ")
        case .not(let inner): return write(inner, key: key).wrapped("((", ") IS NOT TRUE)")
        case .test(let field, let test): return write(test, of: field, key: key)
        }
    }

    private static func write(
        _ test: FilterTest, of field: FilterField, key: String
    ) -> CompiledFilter {
        switch field.storage {
        case .column(let name, _, _): self.test(test, of: CompiledFilter(sql: name))
        case .document(let place): self.test(test, of: field.type, at: place)
        case .list(let column): element(test, of: CompiledFilter(sql: column))
        case .related(let relation): related(test, of: relation, key: key)
        }
    }

    /// A test of a value whose type is known to be that of the test.
    private static func test(_ test: FilterTest, of value: CompiledFilter) -> CompiledFilter {
        switch test {
        case .compare(let comparison, let operand):
            return value
                + CompiledFilter(sql: " \(comparison.rawValue) ?", arguments: [operand.argument])
        case .oneOf(let operands):
            if operands.count == 1 { return self.test(.compare(.equal, operands[0]), of: value) }
            return value
                + CompiledFilter(
                    sql: " IN (SELECT value FROM json_each(?))", arguments: [list(of: operands)])
        case .exists: return value.wrapped("", " IS NOT NULL")
        case .autocomplete(let pattern):
            let parts = [pattern.start, pattern.word].map {
                value + CompiledFilter(sql: " GLOB ?", arguments: [.text($0)])
            }
            return .joined(parts, by: " OR ")
        case .contains: preconditionFailure("only JSON values are asked for what they contain")
        }
    }

    /// Operands as one argument, an array for `json_each`.
    private static func list(of operands: [FilterOperand]) -> FilterArgument {
        let items = operands.map { operand -> JSONValue in
            switch operand {
            case .string(let value): .string(value)
            case .integer(let value): .integer(value)
            case .real(let value): .number(value)
            case .boolean(let value): .integer(value ? 1 : 0)
            }
        }
        return .text(JSONValue.array(items).encoded)
    }

    // MARK: Values in JSON columns

    private static func test(
        _ test: FilterTest, of type: FieldType, at place: DocumentPlace
    ) -> CompiledFilter {
        if type == .stringSet { return element(test, of: value(.stringSet, at: place)) }
        guard type == .json else { return self.test(test, of: value(type, at: place)) }
        switch test {
        case .exists: return self.test(test, of: value(.json, at: place))
        case .compare(_, let operand): return self.test(test, of: value(operand.type, at: place))
        case .autocomplete: return self.test(test, of: value(.string, at: place))
        case .contains(let operand):
            return element(.compare(.equal, operand), of: value(.stringSet, at: place))
        case .oneOf(let operands):
            let parts = [FieldType.string, .number, .boolean].compactMap { type in
                let group = operands.filter { $0.type == type }
                return group.isEmpty ? nil : self.test(.oneOf(group), of: value(type, at: place))
            }
            return parts.isEmpty ? CompiledFilter(sql: "FALSE") : .joined(parts, by: " OR ")
        }
    }

    private static func value(_ type: FieldType, at place: DocumentPlace) -> CompiledFilter {
        let expression = DocumentExpression(type, column: place.column)
        return place.isDeclared
            ? CompiledFilter(sql: expression.text(path: place.path))
            : expression.bound(path: place.path)
    }

    /// A test of the elements of an array, given as JSON text.
    private static func element(_ test: FilterTest, of array: CompiledFilter) -> CompiledFilter {
        if case .exists = test { return array.wrapped("json_array_length(", ") > 0") }
        let types =
            switch test {
            case .compare(_, let operand) where operand.type == .number: "('integer', 'real')"
            case .compare(_, let operand) where operand.type == .boolean: "('true', 'false')"
            default: "('text')"
            }
        let before = "EXISTS (SELECT 1 FROM json_each("
        let after = ") AS item WHERE item.type IN \(types) AND "
        return array.wrapped(before, after)
            + self.test(test, of: CompiledFilter(sql: "item.value")).wrapped("", ")")
    }

    // MARK: Other tables

    /// A test of a column of another table: the rows that pass name the keys that do.
    ///
    /// Not correlated, so that SQLite may start from the other table's index.
    private static func related(
        _ test: FilterTest, of relation: Relation, key: String
    ) -> CompiledFilter {
        var parts = relation.matching.map { column, value in
            CompiledFilter(sql: "\(column) = ?", arguments: [value])
        }
        let value = CompiledFilter(sql: relation.value)
        // Where rows without a partner pass, those that do not pass all have one.
        let includesAbsent = relation.absent.map { holds(test, $0) } ?? false
        switch test {
        case .exists: break
        default:
            let inner = self.test(test, of: value)
            parts.append(includesAbsent ? inner.wrapped("NOT (", ")") : inner)
        }
        let all = CompiledFilter(
            sql: parts.map(\.sql).joined(separator: " AND "),
            arguments: parts.flatMap(\.arguments))
        let membership = includesAbsent ? "NOT IN" : "IN"
        return all.wrapped(
            "\(key) \(membership) (SELECT \(relation.owner) FROM \(relation.table) WHERE ", ")")
    }

    private static func holds(_ test: FilterTest, _ value: Int64) -> Bool {
        switch test {
        case .compare(let comparison, let operand): comparison.holds(value, operand)
        case .oneOf(let operands): operands.contains { Comparison.equal.holds(value, $0) }
        case .exists, .contains, .autocomplete: false
        }
    }
}
