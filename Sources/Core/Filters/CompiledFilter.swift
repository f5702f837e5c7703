/// An SQL expression with a `?` for each of its arguments.
package struct CompiledFilter: Hashable, Sendable {
    /// The expression, in parentheses where it needs them between `AND` and `OR`.
    package var sql: String
    /// The arguments by position.
    package var arguments: [FilterArgument] = []

    /// Both conditions, such as a filter and where a page starts.
    package func and(_ other: CompiledFilter) -> CompiledFilter {
        .joined([self, other], by: " AND ")
    }

    /// Puts expressions into one by a separator, in parentheses.
    static func joined(_ parts: [CompiledFilter], by separator: String) -> CompiledFilter {
        if parts.count == 1 { return parts[0] }
        return CompiledFilter(
            sql: "(" + parts.map(\.sql).joined(separator: separator) + ")",
            arguments: parts.flatMap(\.arguments))
    }

    /// This expression between two texts.
    func wrapped(_ before: String, _ after: String) -> CompiledFilter {
        CompiledFilter(sql: before + sql + after, arguments: arguments)
    }

    static func + (left: CompiledFilter, right: CompiledFilter) -> CompiledFilter {
        CompiledFilter(sql: left.sql + right.sql, arguments: left.arguments + right.arguments)
    }
}

/// A value to bind to a parameter, or one that a cursor holds.
package enum FilterArgument: Hashable, Sendable {
    case null
    case integer(Int64)
    case real(Double)
    /// Never with U+0000, when it comes from a filter, so that it can be bound as a C string.
    case text(String)
}
