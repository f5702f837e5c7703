package import JSON

/// A filter that was understood, ready to be part of a statement.
///
/// ```swift
/// let schema = FilterSchema.users(app: 7, attributes: declared)
/// let filter = try Filter(body["filter"] ?? [:], schema: schema, at: "/filter")
/// let sql = "SELECT count(*) FROM user WHERE \(filter.compiled.sql)"
/// ```
///
/// A filter is an object. `{"plan": "pro"}` and `{"plan": {"$eq": "pro"}}` mean the same; all
/// fields of an object and all operators of a field must be true. An empty filter is true of every
/// row.
///
/// - A value that is missing and one that is null are the same: `$exists` is false of it and `$eq`
///   with null true. No comparison is true of it, and so `$ne`, `$nin`, `$nor` and `$not` are.
/// - Strings are compared by their bytes, numbers by their value whether integer or not, and values
///   of different types are never equal, less or greater.
/// - A condition on a set, such as `tags`, is true when it is true of one of its strings.
///   `$contains` on an attribute of no declared type asks an array for an element. There is no
///   search for a part of a string, which no index could answer.
/// - An `$in` without values is true of nothing.
package struct Filter: Hashable, Sendable {
    /// The filter as it was given, to be shown or stored.
    package let source: JSONValue
    /// The condition for a statement over the schema's table, never without the schema's scope.
    package let compiled: CompiledFilter
    private let parts: [FilterPart]

    /// Reads a filter.
    ///
    /// - Parameters:
    ///   - value: the filter; nothing is assumed of it.
    ///   - schema: the fields that it may name.
    ///   - prefix: where the filter is in what the caller read, as a JSON pointer.
    /// - Throws: all mistakes, up to ``FilterLimits/mistakes``.
    package init(
        _ value: JSONValue, schema: FilterSchema, at prefix: String = ""
    ) throws(FilterMistakes) {
        var reader = FilterReader(schema)
        let condition = reader.filter(value, at: Pointer(prefix))
        guard reader.mistakes.list.isEmpty else { throw reader.mistakes }
        source = value
        parts = FilterWriter.parts(of: condition, in: schema)
        compiled = .joined(parts.map(\.compiled), by: " AND ")
    }

    // MARK: Choosing an index

    /// The indexes that can find rows.
    private var indexes: [String] {
        var names: [String] = []
        for case .index(let name) in parts.map(\.access) where !names.contains(name) {
            names.append(name)
        }
        return names
    }

    /// What each index finds that can find rows: the conditions on its field that must all hold,
    /// with the schema's scope.
    ///
    /// SQLite knows nothing of how many rows a value has. Whoever counts them can say with
    /// ``compiled(using:ownsTable:)`` which index has few.
    package var indexed: [CompiledFilter] {
        indexes.map { name in
            let own = parts.filter { $0.access == .scope || $0.access == .index(name) }
            return .joined(own.map(\.compiled), by: " AND ")
        }
    }

    /// The condition with all indexes out of use but one.
    ///
    /// - Parameters:
    ///   - index: A place in ``indexed``; nil when none of them has few rows, which leaves what
    ///     other tables know, and else a scan.
    ///   - ownsTable: Whether the scope has all rows or nearly so: a scan then reads them as they
    ///     lie, and not by an index of the scope.
    /// - Returns: What is true of the same rows as ``compiled``.
    package func compiled(using index: Int?, ownsTable: Bool) -> CompiledFilter {
        let chosen = index.map { indexes[$0] }
        let written = parts.map { part in
            let isUsed =
                switch part.access {
                case .scope: chosen != nil || !ownsTable
                case .index(let name): name == chosen
                case .related: chosen == nil
                case .scan: true
                }
            // A unary plus keeps a condition from any index. A likelihood is about ranges, which
            // SQLite takes for a quarter of the table.
            if !isUsed { return part.compiled.wrapped("+(", ")") }
            guard case .index = part.access else { return part.compiled }
            return part.compiled.wrapped("likelihood(", ", 0.000001)")
        }
        return .joined(written, by: " AND ")
    }

    /// A number that stands for this filter's rows in the order of `sort`.
    ///
    /// It goes into a cursor, so that a cursor of another query is refused. The same in every
    /// process of one release; filters that compile to the same SQL have the same number.
    package func fingerprint(sort: SortSpec) -> UInt64 {
        var hash = Fingerprint()
        hash.add(sort.kind)
        hash.add(compiled)
        hash.add(sort.orderBy)
        return hash.value
    }
}
