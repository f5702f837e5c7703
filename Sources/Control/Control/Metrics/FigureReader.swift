import CampaignLife
import ControlDirectory
import Engine
import GRDB
import Runtime
import Structures

/// Knows what the server does: asks all who count.
///
/// Whoever counts does so in memory of its own, so that nothing of this costs anything in between.
package final class FigureReader: Sendable {
    private let database: ControlDatabase
    private let runner: CampaignRunner
    private let quota: QuotaBook
    private let options: ControlOptions
    // Guards the last reading of the database against readers side by side.
    private let last = Guarded<(at: ContinuousClock.Instant, figures: StoredFigures)?>(nil)

    /// Apps whose quotas are shown, the oldest first: each is a series for whoever keeps them.
    package static let appsMax = 1_000
    /// How long a reading of the database is good for.
    ///
    /// A million campaigns are counted in a seventh of a second; who asks without a key must not be
    /// able to keep the database busy with it.
    private static let validity = Duration.seconds(1)

    init(
        database: ControlDatabase, runner: CampaignRunner, quota: QuotaBook,
        options: ControlOptions
    ) {
        self.database = database
        self.runner = runner
        self.quota = quota
        self.options = options
    }

    /// Reads all figures; those of the database may be a second old.
    package func read() async -> ServerFigures {
        let board = runner.board.reading
        let runtime = await runner.runtimeFigures
        let stored = await stored()
        let pages = ServerFigures.Pages(
            claimed: runtime.pagesClaimed, finished: runtime.pagesFinished,
            returned: runtime.pagesReturned, open: board.figures.pages)
        let queues = [
            ("ready", runtime.recipients.ready), ("retry", runtime.recipients.waiting),
            ("host", runtime.recipients.blocked), ("quota", runtime.recipients.withheld),
            ("store", runtime.storeRequests), ("segments", stored?.segmentsWaiting ?? 0),
        ]
        return ServerFigures(
            engine: board.figures, pages: pages, commitTimes: TimeDistribution(runtime.commits),
            queues: queues.map { .init(name: $0.0, depth: $0.1) },
            inFlightMax: options.inFlightMax,
            pending: board.running.reduce(0) { $0 + $1.pending },
            openBytes: board.running.reduce(0) { $0 + $1.storageBytes },
            stored: stored)
    }

    private func stored() async -> StoredFigures? {
        let now = ContinuousClock.now
        let known = last.withLock { $0 }
        if let known, now - known.at < Self.validity { return known.figures }
        let figures = try? await database.read { [quota, clock = database.clock] db in
            try StoredFigures(db, quota, month: clock.now.month)
        }
        if let figures { last.withLock { $0 = (now, figures) } }
        return figures
    }
}

extension StoredFigures {
    fileprivate init(_ db: Database, _ quota: QuotaBook, month: String) throws {
        campaigns = Dictionary(uniqueKeysWithValues: CampaignStatus.allCases.map { ($0, 0) })
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT status, count(*) AS count, sum(recipients) AS recipients,
                    sum(storage_bytes) AS bytes
                FROM campaign GROUP BY status
                """)
        for row in rows {
            guard let status = CampaignStatus(rawValue: row["status"]) else { continue }
            campaigns[status] = row["count"]
            recipients += row["recipients"] as Int
            closedBytes += row["bytes"] as Int
        }
        let apps = try Row.fetchAll(
            db, sql: "SELECT pk, id FROM app ORDER BY pk LIMIT ?", arguments: [FigureReader.appsMax]
        )
        quotas = apps.map { ($0["id"], quota.account(of: $0["pk"]).figures(month: month)) }
        eventsWaiting =
            try Int.fetchOne(
                db,
                sql: """
                    SELECT count(*) FROM event_webhook
                    JOIN event_message ON webhook = event_webhook.pk
                    WHERE is_enabled = 1 AND due_at IS NOT NULL
                    """) ?? 0
        segmentsWaiting =
            try Int.fetchOne(
                db, sql: "SELECT count(*) FROM segment WHERE size_state = 'pending'") ?? 0
    }
}
