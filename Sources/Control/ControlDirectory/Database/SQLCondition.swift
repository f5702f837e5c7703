package import Filters
package import GRDB

/// A piece of SQL with its arguments by position.
package struct SQLCondition: Sendable {
    /// An expression that may stand in a WHERE clause, with `?` for each argument.
    package var sql: String
    /// The values of the question marks, in their order.
    package var arguments: StatementArguments

    /// Takes an expression; no part of it may come from a caller.
    package init(_ sql: String, _ arguments: StatementArguments = []) {
        self.sql = sql
        self.arguments = arguments
    }

    /// The condition that a filter was compiled to.
    package init(_ filter: CompiledFilter) {
        self.init(filter.sql, StatementArguments(filter.arguments.map(\.databaseValue)))
    }
}
