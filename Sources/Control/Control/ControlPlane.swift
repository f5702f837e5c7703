package import ControlDirectory
package import ControlEvents
package import ControlMessages
import Engine
import Foundation
import GRDB
import JSON
package import Logging
import SendPlans
import Storage
import Synchronization

/// What the API is an encoding of: apps, people, messages, campaigns, and the engine that sends.
///
/// One per process and data directory.
package final class ControlPlane: Sendable {
    package let database: ControlDatabase
    package let keys: Keys
    package let apps: Apps
    package let users: Users
    package let userImport: UserImport
    package let userEvents: UserEvents
    package let attributes: Attributes
    package let suppressions: Suppressions
    package let eligibility: Eligibility
    package let audit: AuditLog
    package let idempotency: KeptAnswers
    package let campaigns: Campaigns
    package let deliveries: Deliveries
    package let limits: Limits
    package let quota: Quota
    package let notifications: Notifications
    package let eventWebhooks: EventWebhooks
    /// Sends what the event webhooks are told.
    package let events: EventDispatcher
    package let runner: CampaignRunner
    /// What the server does and has done, for metrics.
    package let figures: FigureReader
    package let templates: Templates
    package let providers: WebhookProviders
    package let segments: Segments
    private let directory: EligibilityDirectory
    /// What runs beside requests; areas add theirs when the control plane is made.
    package let tasks: BackgroundTasks
    package let logger: Logger
    package let options: ControlOptions
    private let closing = Atomic<Bool>(false)

    /// Opens the data directory, and makes the first app when there is none.
    ///
    /// - Throws: `ControlFailure` when the directory cannot be used.
    package init(_ options: ControlOptions, logger: Logger) throws {
        self.options = options
        self.logger = logger
        database = try ControlDatabase(
            path: options.dataDirectory + "/control.sqlite", clock: options.clock)
        keys = Keys(database: database)
        let quotaBook = QuotaBook()
        eligibility = Eligibility(database: database)
        apps = Apps(database: database, quota: quotaBook, eligibility: eligibility)
        users = Users(database: database, eligibility: eligibility)
        let uploads = UploadThreads()
        userImport = UserImport(
            database: database, eligibility: eligibility, uploads: uploads, logger: logger)
        userEvents = UserEvents(database: database)
        attributes = Attributes(database: database)
        suppressions = Suppressions(database: database, eligibility: eligibility)
        audit = AuditLog(database: database)
        idempotency = KeptAnswers(database: database)
        let directory = EligibilityDirectory()
        self.directory = directory
        let limitBook = LimitBook()
        let board = LiveBoard()
        let bell = Bell()
        let outbox = EventOutbox(bell: bell)
        let campaignEvents = CampaignEvents(outbox: outbox, board: board)
        let destinations = Destinations(
            resolver: options.resolver ?? .system,
            allowsPrivateNetworks: options.allowsPrivateNetworks)
        eventWebhooks = EventWebhooks(
            database: database, options: options, outbox: outbox, destinations: destinations)
        events = EventDispatcher(
            database: database, options: options, bell: bell, logger: logger)
        let launcher = CampaignLauncher(
            database: database, options: options, destinations: destinations)
        runner = CampaignRunner(
            database: database, options: options, quota: quotaBook, limits: limitBook,
            eligibility: directory, board: board, launcher: launcher, events: campaignEvents,
            logger: logger)
        figures = FigureReader(
            database: database, runner: runner, quota: quotaBook, options: options)
        campaigns = Campaigns(
            database: database, options: options, runner: runner, limits: limitBook, board: board,
            events: campaignEvents, uploads: uploads)
        deliveries = Deliveries(
            database: database, options: options, launcher: launcher, logger: logger,
            links: EngagementLinks(
                key: try database.pool.write(EngagementLinks.key), publicURL: options.publicURL))
        quota = Quota(database: database, book: quotaBook)
        notifications = Notifications(
            database: database, campaigns: campaigns, deliveries: deliveries)
        limits = Limits(database: database, book: limitBook, runner: runner)
        templates = Templates(database: database, options: options, destinations: destinations)
        providers = WebhookProviders(
            database: database, options: options, destinations: destinations)
        segments = Segments(
            database: database, counter: SegmentCounter(database: database, logger: logger))
        try segments.counter.start()
        tasks = BackgroundTasks(logger: logger)
        addTasks()
    }

    private func addTasks() {
        tasks.add("campaigns") { [runner] stopping in
            try await runner.start()
            await runner.tick(until: stopping)
            await runner.stop()
        }
        tasks.add("events") { [events] stopping in
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await events.run() }
                group.addTask { await events.keepSmall() }
                await stopping.wait()
                group.cancelAll()
            }
        }
        tasks.add("segments") { [segments] stopping in
            await stopping.wait()
            await segments.counter.stop()
        }
        tasks.add("key uses", every: .seconds(60)) { [keys] in try await keys.saveUses() }
        tasks.add("unused tags", every: .seconds(3_600)) { [users] in
            try await users.removeUnusedTags()
        }
    }

    /// Learns who must not be sent to; called once, before requests are taken and anything is sent.
    package func prepare() async throws { try await eligibility.publish(to: directory) }

    /// Makes the first app, once in the life of a data directory.
    ///
    /// - Returns: The secret of its admin key, which nothing shows again; nil when there is an app.
    package func makeFirstApp() async throws -> String? {
        try await database.write { [apps] db, now in
            guard try Int.fetchOne(db, sql: "SELECT count(*) FROM app") == 0 else { return nil }
            let made = try apps.insert(
                ["id": "default", "name": "Default"], operates: true, at: now, db)
            return made.secret
        }
    }
}

// MARK: Lifecycle

extension ControlPlane {
    /// Runs the background tasks until `stop` is called and each has ended by itself.
    ///
    /// - Throws: What a task threw: the process cannot do its work without it.
    package func run() async throws { try await tasks.run() }

    /// Says that no further requests are wanted: the server is not ready from now on.
    package func beginShutdown() { closing.store(true, ordering: .relaxed) }

    /// Tells the background tasks to end.
    package func stop() {
        beginShutdown()
        tasks.stopping.set()
    }

    /// - Throws: What makes the process unable to serve.
    package func checkReadiness() async throws {
        guard !closing.load(ordering: .relaxed) else {
            throw Problem(.shuttingDown, "the server takes no further requests")
        }
        _ = try await database.read { db in try Int.fetchOne(db, sql: "SELECT 1") }
    }
}
