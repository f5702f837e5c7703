package import ControlDirectory
import GRDB
package import Logging

// Works the queue of event messages off.
//
//     bell, next due time, an attempt's end ──▶ look ──▶ attempts ──▶ outcomes written
//
// 1. Each webhook has at most `inFlightPerWebhook` messages on the wire, so that one that does not
//    answer holds only its own; those with the fewest are served first.
// 2. Messages of one webhook are sent in the order of their due times, side by side: receivers that
//    need an order have the payload's timestamp.
// 3. A message is on the wire at most once: it is in `flying` until its outcome is written.

/// Sends event messages until its task is cancelled.
package actor EventDispatcher {
    private let database: ControlDatabase
    private let allowsPrivateNetworks: Bool
    private let clock: WallClock
    private let logger: Logger
    private let bell: Bell

    private var carrier: EventCarrier?
    private var flying: [EventWebhookRowID: Set<EventMessageRowID>] = [:]
    private var flyingCount = 0
    /// Webhooks whose last outcome could not be written, and until when they rest.
    private var resting: [EventWebhookRowID: Timestamp] = [:]
    private var lastServed: EventWebhookRowID?

    package init(database: ControlDatabase, options: ControlOptions, bell: Bell, logger: Logger) {
        self.database = database
        allowsPrivateNetworks = options.allowsPrivateNetworks
        clock = database.clock
        self.bell = bell
        self.logger = logger
    }

    /// Lets the queue be looked at now; for whoever changes the clock.
    package nonisolated func wake() { bell.ring() }

    /// Works until the task is cancelled, then waits for what is on the wire, within a bound.
    package func run() async {
        do {
            let carrier = try await BlockingQueue.run { [allowsPrivateNetworks] in
                try EventCarrier(allowsPrivateNetworks: allowsPrivateNetworks)
            }
            self.carrier = carrier
            while !Task.isCancelled { await bell.wait(atMost: startDue()) }
            // What is written at the end must not be cancelled with what ends.
            await Task { await finish(carrier) }.value
        } catch {
            logger.error("event webhooks cannot be served", metadata: ["error": "\(error)"])
        }
    }

    private func finish(_ carrier: EventCarrier) async {
        let limit = ContinuousClock.now + .seconds(EventLimits.stopSeconds)
        while flyingCount > 0, ContinuousClock.now < limit {
            try? await Task.sleep(for: .milliseconds(10))
        }
        try? await BlockingQueue.run { carrier.close() }
        // Every attempt has its answer now, and writes it.
        while flyingCount > 0 { try? await Task.sleep(for: .milliseconds(1)) }
        self.carrier = nil
    }

    /// Starts what is due and has room.
    ///
    /// - Returns: How long there is nothing to do unless somebody calls.
    private func startDue() async -> Duration {
        let now = clock.now
        resting = resting.filter { $0.value > now }
        let idle = Duration.seconds(EventLimits.idleSeconds)
        let places = EventLimits.inFlightMax - flyingCount
        guard places > 0 else { return idle }
        let look: EventQueue.Look
        do {
            look = try await database.read { [flying, resting, lastServed] db in
                try EventQueue.look(
                    now: now.milliseconds, flying: flying, resting: Set(resting.keys),
                    places: places, after: lastServed, db)
            }
        } catch {
            if !Task.isCancelled {
                logger.error("the event queue was not read", metadata: ["error": "\(error)"])
            }
            return .seconds(1)
        }
        for message in look.due {
            flying[message.webhook, default: []].insert(message.pk)
            flyingCount += 1
            lastServed = message.webhook
            // Not a child: an attempt that has begun is not cancelled with the loop.
            Task { await attempt(message) }
        }
        guard let next = look.next else { return idle }
        return min(idle, .milliseconds(max(1, next - now.milliseconds)))
    }

    private func attempt(_ message: DueMessage) async {
        let result = await carrier?.send(message.request(at: clock.now))
        if let result {
            do {
                try await database.write { db, now in
                    try EventQueue.settle(message, result, now: now, db)
                }
            } catch {
                logger.error(
                    "the outcome of an event message was not written",
                    metadata: ["message": "\(message.id)", "error": "\(error)"])
                resting[message.webhook] = clock.now + EventLimits.restSeconds
            }
        }
        flying[message.webhook]?.remove(message.pk)
        if flying[message.webhook]?.isEmpty == true { flying[message.webhook] = nil }
        flyingCount -= 1
        bell.ring()
    }

    // MARK: Old messages

    /// Removes old messages now and then until the task is cancelled.
    package func keepSmall() async {
        while !Task.isCancelled {
            do { try await prune() } catch {
                if !Task.isCancelled {
                    logger.error(
                        "old event messages not removed", metadata: ["error": "\(error)"])
                }
            }
            try? await Task.sleep(for: .seconds(EventLimits.pruneSeconds))
        }
    }

    /// Removes messages that were delivered long ago, and the oldest of webhooks with too many.
    ///
    /// - Parameter keeping: Messages that each webhook may have.
    /// - Throws: What the database throws.
    package func prune(keeping: Int = EventLimits.messagesPerWebhook) async throws {
        let latest = clock.now.milliseconds - EventLimits.deliveredSeconds * 1_000
        let batch = EventLimits.messagesPerPruning
        while try await database.write({ db in
            try db.execute(
                sql: """
                    DELETE FROM event_message WHERE pk IN (
                        SELECT pk FROM event_message WHERE delivered_at <= ? LIMIT ?)
                    """, arguments: [latest, batch])
            return db.changesCount == batch
        }) {}
        let webhooks = try await database.read { db in
            try EventWebhookRowID.fetchAll(db, sql: "SELECT pk FROM event_webhook")
        }
        for webhook in webhooks { try await prune(webhook, keeping: keeping) }
    }

    private func prune(_ webhook: EventWebhookRowID, keeping: Int) async throws {
        let last = try await database.read { db in
            try EventMessageRowID.fetchOne(
                db,
                sql: """
                    SELECT pk FROM event_message WHERE webhook = ?
                    ORDER BY pk DESC LIMIT 1 OFFSET ?
                    """, arguments: [webhook, keeping])
        }
        guard let last else { return }
        logger.warning("an event webhook has too many messages: the oldest are removed")
        let batch = EventLimits.messagesPerPruning
        while try await database.write({ db in
            try db.execute(
                sql: """
                    DELETE FROM event_message WHERE pk IN (
                        SELECT pk FROM event_message WHERE webhook = ? AND pk <= ?
                        ORDER BY pk LIMIT ?)
                    """, arguments: [webhook, last, batch])
            return db.changesCount == batch
        }) {}
    }
}
