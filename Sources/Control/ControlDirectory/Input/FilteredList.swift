package import Filters
package import GRDB
package import JSON

/// A page of a list that the caller filters and sorts.
package struct FilteredList: Sendable {
    private let schema: FilterSchema
    private let filter: Filter
    private let sort: SortSpec
    private let after: [FilterArgument]?
    private let limit: Int

    /// The fields of a body that asks for such a list.
    package static func input(limitMax: Int) -> [FieldShape] {
        [
            .optional(
                "filter", .nullable(.jsonObject),
                #"Conditions by field, such as {"id": {"$in": ["a", "b"]}}. Null: all are listed."#),
            .optional(
                "sort",
                .array(
                    .fields([
                        .required("field", .text(1...InputLimits.idLength), "What to sort by."),
                        .optional(
                            "direction", .integer(-1...1), "1: ascending; -1: descending.",
                            default: 1),
                    ]), 0...FilterLimits.sortFields),
                "The order: each field decides where those before it are equal."),
            .optional(
                "limit", .integer(1...Int64(limitMax)), "How many are on the page at most.",
                default: .integer(Int64(InputLimits.pageSizeDefault))),
            .optional(
                "next", .nullable(.text(1...4_096)),
                "The cursor from the page before. Null: the first page."),
        ]
    }

    /// Reads what fits the shape.
    ///
    /// - Parameters:
    ///   - body: What the caller asks for.
    ///   - schema: What is listed.
    ///   - order: The sort when the caller names none.
    /// - Throws: `Problem` with every mistake in filter and sort, or of `invalidCursor`.
    package init(_ body: JSONValue, schema: FilterSchema, order: JSONValue = []) throws(Problem) {
        self.schema = schema
        limit = body["limit"]?.integer.map(Int.init) ?? InputLimits.pageSizeDefault
        let given = body["filter"].flatMap { $0.isNull ? nil : $0 }
        do {
            filter = try Filter(given ?? [:], schema: schema, at: "/filter")
            let given = body["sort"] ?? []
            sort = try SortSpec(given == [] ? order : given, schema: schema, at: "/sort")
        } catch {
            throw Problem.invalid(error)
        }
        guard let next = body["next"]?.string else {
            after = nil
            return
        }
        let cursor = try PageCursor(
            next, of: filter.fingerprint(sort: sort), count: sort.columns.count)
        let values = cursor.values.map(\.argument)
        guard sort.keysetCondition(after: values) != nil else {
            throw Problem(.invalidCursor, "expected a cursor of this list")
        }
        after = values
    }

    /// Reads the page.
    package func page(_ db: Database, view: (Row) throws -> JSONValue) throws -> ListPage {
        var conditions = [try filter.planned(over: schema.table, db)]
        if let after, let rest = sort.keysetCondition(after: after) {
            conditions.append(SQLCondition(rest))
        }
        let keys = sort.columns.joined(separator: ", ")
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT \(keys), \(schema.table).* FROM \(schema.table)
                WHERE \(conditions.map(\.sql).joined(separator: " AND "))
                ORDER BY \(sort.orderBy) LIMIT ?
                """,
            arguments: conditions.reduce([]) { $0 + $1.arguments } + [limit + 1])
        let shown = rows.prefix(limit)
        var next: PageCursor?
        if rows.count > limit, let last = shown.last {
            let values = sort.columns.indices.map { JSONValue(last[$0] as DatabaseValue) }
            next = PageCursor(fingerprint: filter.fingerprint(sort: sort), values: values)
        }
        return ListPage(items: try shown.map(view), next: next)
    }
}
