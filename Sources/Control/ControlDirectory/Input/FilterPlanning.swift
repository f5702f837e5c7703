import Filters
package import GRDB

extension Filter {
    /// Rows that are found by an index one by one, in any order; of more, a scan is faster.
    private static let fewRows = 50_000

    /// The condition as it is found fastest.
    ///
    /// The index with the fewest rows is taken, and none when all have many: then the rows are
    /// looked at in the order in which they are kept. The indexes are asked, as far as `fewRows`
    /// entries each, as statistics would be out of date and know nothing of single values.
    ///
    /// - Parameters:
    ///   - table: What the schema is about.
    ///   - ownsTable: Whether nearly all of the table's rows are in the schema's scope, and they
    ///     may come in any order.
    ///   - db: Where the rows are.
    /// - Returns: What is true of the same rows as `compiled`.
    /// - Throws: What the database throws.
    package func planned(
        over table: String, ownsTable: Bool = false, _ db: Database
    ) throws -> SQLCondition {
        let counts = try indexed.map { condition in
            let condition = SQLCondition(condition)
            return try Int.fetchOne(
                db,
                sql: """
                    SELECT count(*) FROM
                    (SELECT 1 FROM \(table) WHERE \(condition.sql) LIMIT \(Self.fewRows))
                    """, arguments: condition.arguments) ?? 0
        }
        let best = counts.indices.min { counts[$0] < counts[$1] }
        return SQLCondition(
            compiled(
                using: best.flatMap { counts[$0] < Self.fewRows ? $0 : nil }, ownsTable: ownsTable))
    }
}
