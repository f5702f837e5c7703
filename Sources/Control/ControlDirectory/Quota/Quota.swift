import Foundation
import GRDB
package import JSON

/// An app's message quota as the API shows it.
package struct Quota: Sendable {
    let database: ControlDatabase
    let book: QuotaBook

    /// Shows what a book has.
    package init(database: ControlDatabase, book: QuotaBook) {
        self.database = database
        self.book = book
    }

    /// The quota of the month, as it is shown.
    package static let shape = Shape.named(
        "Quota",
        .fields([
            .required("month", .text(7...7)), .required("mau", .count),
            .required("multiplier", .count), .required("policy", .text(1...16)),
            .required("limit", .count), .required("used", .count), .required("reserved", .count),
            .required("left", .count), .required("resets_at", .time),
            .required(
                "forecast",
                .fields([
                    .required("sends_per_day", .number(0...1e15)),
                    .required(
                        "runs_out_at",
                        .nullable(.time).describedAs(
                            "At the pace of this month so far; null when it lasts.")),
                ])),
        ]))

    /// Shows what is left this month, and when it runs out at the pace of the month so far.
    package func get(_ caller: Caller) async throws -> JSONValue {
        let now = database.clock.now
        let app = try await database.read { db -> [String: JSONValue]? in
            let row = try Row.fetchOne(
                db, sql: "SELECT * FROM app WHERE pk = ?", arguments: [caller.app])
            guard let row else { return nil }
            return [
                "mau": .integer(row["mau"]), "multiplier": .integer(row["quota_multiplier"]),
                "policy": .string(row["quota_policy"]),
            ]
        }
        guard let app else { throw Problem.notFound("app", caller.appID) }
        let figures = book.account(of: caller.app).figures(month: now.month)
        let (start, end) = Self.month(of: now)
        let days = max(Double(now.milliseconds - start) / 86_400_000, 1.0 / 24)
        let perDay = Double(figures.used) / days
        var runsOut: Int64?
        if perDay > 0 {
            let at = now.milliseconds + Int64(Double(figures.left) / perDay * 86_400_000)
            if at < end { runsOut = at }
        }
        let view: [String: JSONValue] = [
            "month": .string(now.month), "limit": .integer(Int64(figures.limit)),
            "used": .integer(Int64(figures.used)), "reserved": .integer(Int64(figures.reserved)),
            "left": .integer(Int64(figures.left)), "resets_at": .time(end),
            "forecast": [
                "sends_per_day": .number((perDay * 10).rounded() / 10),
                "runs_out_at": .time(runsOut),
            ],
        ]
        return .object(app.merging(view) { $1 })
    }

    /// The first moments of the calendar month and of the next, in UTC.
    private static func month(of now: Timestamp) -> (start: Int64, end: Int64) {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let date = Date(timeIntervalSince1970: Double(now.milliseconds) / 1_000)
        guard let month = calendar.dateInterval(of: .month, for: date) else {
            preconditionFailure("a moment is in no month")
        }
        return (
            Int64(month.start.timeIntervalSince1970 * 1_000),
            Int64(month.end.timeIntervalSince1970 * 1_000)
        )
    }
}
