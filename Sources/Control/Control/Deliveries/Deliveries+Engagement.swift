package import ControlDirectory
import Engine
import GRDB
package import JSON
import Logging
import SendPlans

/// What recipients did with messages.
///
/// The first time counts, and to repeat it changes nothing; who acknowledges has read. It is
/// recorded whenever it comes, after a deadline too. What recipients do is a record, as what
/// providers answer is, and makes no entries in the audit log; a bulk call makes one.
///
/// Only what may have arrived can have been read: deliveries that were sent, whose outcome is
/// unknown, or with an attempt whose answer was not seen. While a shard has a delivery's page, what
/// is stored of it is older than what has happened, and the recipient is taken at its word.
extension Deliveries {
    /// One act, as it is to be recorded.
    private struct Mark: Sendable {
        let index: Int
        let campaign: CampaignRecord
        let ordinal: UInt64
        let action: EngagementAction
        let at: Int64
    }

    /// What became of an act.
    private enum Outcome: Sendable {
        case recorded(DeliveryView.Engagement, isNew: Bool)
        case refused(Problem)
    }

    /// How far ahead a caller's clock may be.
    private static let skewMilliseconds: Int64 = 300_000

    package static let act = Shape.named(
        "EngagementTime", .fields([.optional("at", .time.describedAs("Now when there is none."))]))

    package static let engagement = Shape.named(
        "Engagement",
        .fields([
            .required("delivery_id", .id), .required("read_at", .time),
            .required("acknowledged_at", .nullable(.time)),
            .required(
                "is_new", .boolean.describedAs("Whether this call recorded what was not before.")),
        ]))

    package static let acts = Shape.named(
        "EngagementBatch",
        .fields([
            .required(
                "items",
                .array(
                    .fields([
                        .required("id", .id), .required("action", actionShape),
                        .optional("at", .time),
                    ]), 1...InputLimits.engagementsPerCall))
        ]))

    package static let actsReport = Shape.named(
        "EngagementReport",
        .fields([
            .required("recorded", .count), .required("unchanged", .count),
            .required("refused", .count),
            .required(
                "errors",
                .array(
                    .fields([
                        .required("index", .count), .required("id", .id),
                        .required("code", .text(1...64)), .required("detail", .text(1...4_096)),
                    ]), 0...InputLimits.engagementsPerCall)),
        ]))

    private static let actionShape = Shape.choice(EngagementAction.allCases.map(\.rawValue))

    // MARK: The API

    /// Records that a message was read or acknowledged.
    package func engage(
        _ caller: Caller, _ id: String, _ action: EngagementAction, _ body: JSONValue
    ) async throws -> JSONValue {
        let at = try time(body["at"], path: "/at")
        let (campaign, ordinal) = try await database.read { db in try locate(caller, id, db) }
        let mark = Mark(index: 0, campaign: campaign, ordinal: ordinal, action: action, at: at)
        switch try await record([mark])[0] {
        case .refused(let problem): throw problem
        case .recorded(let engagement, let isNew):
            return [
                "delivery_id": .string(id), "read_at": .time(engagement.readAt),
                "acknowledged_at": .time(engagement.acknowledgedAt), "is_new": .bool(isNew),
            ]
        case nil: throw Problem.notFound("delivery", id)
        }
    }

    /// Records many acts; what is wrong with one does not hold up the others.
    package func engage(_ caller: Caller, _ body: JSONValue) async throws -> JSONValue {
        let items = body["items"]?.array ?? []
        var times: [Int64] = []
        for (index, item) in items.enumerated() {
            times.append(try time(item["at"], path: "/items/\(index)/at"))
        }
        let marks = try await database.read { [times] db -> [Mark] in
            try self.marks(caller, items, times, db)
        }
        let outcomes = try await record(marks, by: caller)
        var (recorded, unchanged) = (0, 0)
        var errors: [JSONValue] = []
        for (index, item) in items.enumerated() {
            let id = item["id"]?.string ?? ""
            switch outcomes[index] ?? .refused(.notFound("delivery", id)) {
            case .recorded(_, let isNew):
                if isNew { recorded += 1 } else { unchanged += 1 }
            case .refused(let problem):
                errors.append([
                    "index": .integer(Int64(index)), "id": .string(id),
                    "code": .string(problem.code.rawValue), "detail": .string(problem.detail),
                ])
            }
        }
        return [
            "recorded": .integer(Int64(recorded)), "unchanged": .integer(Int64(unchanged)),
            "refused": .integer(Int64(errors.count)), "errors": .array(errors),
        ]
    }

    private func time(_ value: JSONValue?, path: String) throws(Problem) -> Int64 {
        let now = database.clock.now
        guard let at = value?.string.flatMap(Timestamp.init(rfc3339:)) else {
            return now.milliseconds
        }
        guard at.milliseconds <= now.milliseconds + Self.skewMilliseconds else {
            throw .invalid(path, "out_of_range", "expected a time that has been")
        }
        return at.milliseconds
    }

    /// Finds the campaigns of acts, each once; acts on what the app does not have are left out.
    private func marks(
        _ caller: Caller, _ items: [JSONValue], _ times: [Int64], _ db: Database
    ) throws -> [Mark] {
        var campaigns: [String: CampaignRecord?] = [:]
        var marks: [Mark] = []
        for (index, item) in items.enumerated() {
            guard let (engineID, ordinal) = DeliveryView.parts(of: item["id"]?.string ?? ""),
                let action = item["action"]?.string.flatMap(EngagementAction.init(rawValue:))
            else { continue }
            let known = try campaigns[engineID] ?? campaign(engineID, app: caller.app, db)
            campaigns[engineID] = known
            guard let known else { continue }
            marks.append(
                Mark(
                    index: index, campaign: known, ordinal: ordinal, action: action,
                    at: times[index]))
        }
        return marks
    }

    private func campaign(
        _ engineID: String, app: AppRowID?, _ db: Database
    ) throws -> CampaignRecord? {
        let row = try Row.fetchOne(
            db.cachedStatement(sql: "SELECT * FROM campaign WHERE engine_id = ?"),
            arguments: [engineID])
        guard let record = row.map(CampaignRecord.init) else { return nil }
        return app == nil || record.app == app ? record : nil
    }

    // MARK: Links

    package static let linkMaking = Shape.named(
        "EngagementLinkMaking",
        .fields([
            .required("action", actionShape),
            .optional("redirect", .nullable(.text(1...InputLimits.urlLength))),
        ]))

    package static let link = Shape.named(
        "EngagementLink", .fields([.required("url", .text(1...4 * InputLimits.urlLength))]))

    /// Makes the link by which a recipient says what it did.
    package func link(
        _ caller: Caller, _ id: String, _ body: JSONValue
    ) async throws -> JSONValue {
        let redirect = body["redirect"]?.string
        if let redirect { try Self.check(redirect: redirect) }
        let (campaign, ordinal) = try await database.read { db in try locate(caller, id, db) }
        try await BlockingQueue.run { [self] in
            let reader = try self.reader(of: campaign)
            guard try reader?.record(at: Ordinal(ordinal)) != nil else {
                throw Problem.notFound("delivery", id)
            }
        }
        let action = body["action"]?.string.flatMap(EngagementAction.init(rawValue:)) ?? .read
        return [
            "url": .string(
                links.link(
                    action: action, engineID: campaign.engineID, ordinal: ordinal,
                    redirect: redirect))
        ]
    }

    private static func check(redirect: String) throws(Problem) {
        do throws(CampaignMistake) {
            try TargetCheck.checkURL(redirect)
        } catch {
            throw .invalid("/redirect", "wrong_format", error.message)
        }
        // It becomes a header's value.
        guard redirect.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .invalid("/redirect", "wrong_format", "expected a URL with all else escaped")
        }
    }

    /// Records what opening a link means.
    ///
    /// A link that is the server's own leads where it should whatever became of the delivery.
    ///
    /// - Throws: `Problem` of `notFound` for a link that the server did not make.
    package func follow(token: String, redirect: String?) async throws {
        guard let content = links.read(token, redirect: redirect) else {
            throw Problem(.notFound, "the link is not one of this server")
        }
        let campaign = try await database.read { db -> CampaignRecord? in
            try self.campaign(content.engineID, app: nil, db)
        }
        guard let campaign else { return }
        _ = try await record([
            Mark(
                index: 0, campaign: campaign, ordinal: content.ordinal, action: content.action,
                at: database.clock.now.milliseconds)
        ])
    }

    // MARK: Recording

    /// Records acts in one transaction, those that can be.
    ///
    /// - Returns: What became of each, by its index.
    private func record(_ marks: [Mark], by caller: Caller? = nil) async throws -> [Int: Outcome] {
        var outcomes = try await BlockingQueue.run { [self] in try refusals(marks) }
        let open = marks.filter { [outcomes] in outcomes[$0.index] == nil }
        guard !open.isEmpty else { return outcomes }
        let written = try await database.write { db, now in
            try Self.write(open, by: caller, at: now, db)
        }
        outcomes.merge(written) { $1 }
        return outcomes
    }

    /// Looks which acts cannot be, with one opening of each campaign; blocks.
    private func refusals(_ marks: [Mark]) throws -> [Int: Outcome] {
        var refusals: [Int: Outcome] = [:]
        for (_, marks) in Dictionary(grouping: marks, by: \.campaign.pk) {
            do {
                let reader = try self.reader(of: marks[0].campaign)
                for mark in marks {
                    refusals[mark.index] = try refusal(of: mark, reader).map(Outcome.refused)
                }
            } catch  where error.isOfCampaignFile {
                // A campaign whose file cannot be used holds up no act on another.
                logger.error(
                    "acts on deliveries refused",
                    metadata: ["campaign": "\(marks[0].campaign.id)", "error": "\(error)"])
                let problem = Problem.of(error)
                for mark in marks { refusals[mark.index] = .refused(problem) }
            }
        }
        return refusals
    }

    /// Why an act cannot be; nil when it can.
    private func refusal(of mark: Mark, _ reader: DeliveryReader?) throws -> Problem? {
        guard let (record, isActive) = try reader?.record(at: Ordinal(mark.ordinal)) else {
            return .notFound("delivery", DeliveryView.id(mark.campaign.engineID, mark.ordinal))
        }
        let mayHaveArrived =
            record.status == .sent || record.status == .unknown
            || record.flags.contains(.unsure) || isActive && !record.status.isEnded
        guard !mayHaveArrived else { return nil }
        return Problem(
            .actionNotAllowed, "a delivery that is \(record.status.name) was not received",
            members: ["delivery_status": .string(record.status.name)])
    }

    private static func write(
        _ marks: [Mark], by caller: Caller?, at now: Timestamp, _ db: Database
    ) throws -> [Int: Outcome] {
        var outcomes: [Int: Outcome] = [:]
        var counts: [CampaignRowID: (read: Int, acknowledged: Int)] = [:]
        var isThere: [CampaignRowID: Bool] = [:]
        for mark in marks {
            let campaign = mark.campaign
            // It may have been removed since its records were read.
            let exists =
                try isThere[campaign.pk]
                ?? (CampaignRecord.find(pk: campaign.pk, db)?.engineID == campaign.engineID)
            isThere[campaign.pk] = exists
            guard exists else { continue }
            let (engagement, change) = try write(mark, db)
            counts[campaign.pk, default: (0, 0)].read += change.read
            counts[campaign.pk, default: (0, 0)].acknowledged += change.acknowledged
            outcomes[mark.index] = .recorded(
                engagement, isNew: change.read + change.acknowledged > 0)
        }
        let update = try db.cachedStatement(
            sql: """
                UPDATE campaign SET read_count = read_count + ?,
                    acknowledged_count = acknowledged_count + ? WHERE pk = ?
                """)
        for (campaign, count) in counts where count != (0, 0) {
            try update.execute(arguments: [count.read, count.acknowledged, campaign])
        }
        if let caller {
            let sums = counts.values.reduce((0, 0)) { ($0.0 + $1.read, $0.1 + $1.acknowledged) }
            try AuditEntry(
                "engage", "delivery", "",
                after: [
                    "read": .integer(Int64(sums.0)), "acknowledged": .integer(Int64(sums.1)),
                ]
            ).record(by: caller, at: now, db)
        }
        return outcomes
    }

    /// Writes one act, unless it was done before.
    private static func write(
        _ mark: Mark, _ db: Database
    ) throws -> (DeliveryView.Engagement, change: (read: Int, acknowledged: Int)) {
        let before = try Row.fetchOne(
            db.cachedStatement(
                sql: "SELECT * FROM engagement WHERE campaign = ? AND ordinal = ?"),
            arguments: [mark.campaign.pk, Int64(mark.ordinal)])
        let old = DeliveryView.Engagement(
            readAt: before?["read_at"], acknowledgedAt: before?["acknowledged_at"])
        var new = old
        new.readAt = old.readAt ?? mark.at
        if mark.action == .acknowledge { new.acknowledgedAt = old.acknowledgedAt ?? mark.at }
        let change = (
            read: old.readAt == nil ? 1 : 0,
            acknowledged: old.acknowledgedAt == nil && new.acknowledgedAt != nil ? 1 : 0
        )
        if change != (0, 0) {
            try db.cachedStatement(
                sql: """
                    INSERT OR REPLACE INTO engagement (campaign, ordinal, read_at, acknowledged_at)
                    VALUES (?, ?, ?, ?)
                    """
            ).execute(arguments: [
                mark.campaign.pk, Int64(mark.ordinal), new.readAt, new.acknowledgedAt,
            ])
        }
        return (new, change)
    }
}
