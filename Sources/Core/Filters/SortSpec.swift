package import JSON

/// The order of rows, always total: the primary key decides between equal ones.
///
/// ```json
/// [{"field": "created_at", "direction": -1}, {"field": "name"}]
/// ```
///
/// 1 is ascending, and meant where there is no direction; -1 is descending. Rows without a value
/// come before all others when ascending and after them when descending, as SQLite and its indexes
/// have them. The key goes in the direction of the last field.
package struct SortSpec: Hashable, Sendable {
    /// A column that rows are ordered by.
    struct Term: Hashable, Sendable {
        let column: String
        let type: FieldType
        let isNullable: Bool
        let isAscending: Bool
    }

    /// What is sorted, as ``FilterSchema/kind`` says.
    package let kind: String
    /// The primary key is the last one.
    let terms: [Term]

    /// The columns whose values of a page's last row a cursor keeps, to be selected in this order.
    package var columns: [String] { terms.map(\.column) }

    /// What follows `ORDER BY`.
    package var orderBy: String {
        terms.map { "\($0.column) \($0.isAscending ? "ASC" : "DESC")" }.joined(separator: ", ")
    }

    /// Orders by the primary key alone.
    package init(schema: FilterSchema) {
        kind = schema.kind
        terms = [Self.key(of: schema, isAscending: true)]
    }

    /// Reads a sort: an array of objects, which may be empty.
    ///
    /// - Parameters:
    ///   - value: the array.
    ///   - schema: the fields that it may name.
    ///   - prefix: where the sort is in what the caller read, as a JSON pointer.
    /// - Throws: all mistakes.
    package init(
        _ value: JSONValue, schema: FilterSchema, at prefix: String = ""
    ) throws(FilterMistakes) {
        let path = Pointer(prefix)
        var mistakes = FilterMistakes()
        var terms: [Term] = []
        if let items = value.array {
            if items.count > FilterLimits.sortFields {
                let message = "expected at most \(FilterLimits.sortFields) fields"
                mistakes.add(.tooManyFields, at: path, message)
            }
            for (index, item) in items.prefix(FilterLimits.sortFields).enumerated() {
                let term = Self.term(item, schema, at: path.item(index), &mistakes)
                guard let term else { continue }
                if terms.contains(where: { $0.column == term.column }) {
                    let message = "expected each field once"
                    mistakes.add(.duplicateField, at: path.item(index).field("field"), message)
                }
                terms.append(term)
            }
        } else {
            mistakes.add(.wrongType, at: path, "expected an array of {\"field\", \"direction\"}")
        }
        guard mistakes.list.isEmpty else { throw mistakes }
        kind = schema.kind
        if let end = terms.firstIndex(where: { $0.column == schema.key }) {
            self.terms = Array(terms[...end])
        } else {
            self.terms =
                terms + [Self.key(of: schema, isAscending: terms.last?.isAscending ?? true)]
        }
    }

    private static func key(of schema: FilterSchema, isAscending: Bool) -> Term {
        Term(
            column: schema.key, type: schema.keyType, isNullable: false, isAscending: isAscending)
    }

    private static func term(
        _ value: JSONValue, _ schema: FilterSchema, at path: Pointer,
        _ mistakes: inout FilterMistakes
    ) -> Term? {
        guard let item = value.object, let name = item["field"]?.string else {
            let message = "expected an object with the name of a field as \"field\""
            mistakes.add(.wrongType, at: path, message)
            return nil
        }
        for other in item.keys.sorted() where other != "field" && other != "direction" {
            let message = "expected only \"field\" and \"direction\""
            mistakes.add(.unknownField, at: path.field(other), message)
        }
        let direction = item["direction"] ?? 1
        if direction != 1, direction != -1 {
            mistakes.add(
                .wrongType, at: path.field("direction"), "expected 1 (ascending) or -1 (descending)"
            )
        }
        let place = path.field("field")
        guard let field = schema.field(name) else {
            mistakes.add(.unknownField, at: place, schema.unknown(name))
            return nil
        }
        guard case .column(let column, let isNullable, _) = field.storage else {
            let sortable = schema.fields.values.filter(\.isSortable).map(\.name)
            let message = "expected one of " + Set(sortable).sorted().joined(separator: ", ")
            mistakes.add(.notSortable, at: place, message)
            return nil
        }
        return Term(
            column: column, type: field.type, isNullable: isNullable, isAscending: direction == 1)
    }
}

extension FilterField {
    /// Whether rows can be ordered by the field.
    fileprivate var isSortable: Bool {
        if case .column = storage { true } else { false }
    }
}
