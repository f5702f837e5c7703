package import Filters
package import GRDB

/// A piece of SQL with its arguments by position.
package struct SQLCondition: Sendable {
    package var sql: String
    package var arguments: StatementArguments

    package init(_ sql: String, _ arguments: StatementArguments = []) {
        self.sql = sql
        self.arguments = arguments
    }

    package init(_ filter: CompiledFilter) {
        self.init(filter.sql, StatementArguments(filter.arguments.map(\.databaseValue)))
    }
}
