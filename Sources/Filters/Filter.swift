package import Jinja

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
        compiled = FilterWriter.filter(condition, in: schema)
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
