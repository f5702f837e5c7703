package import ControlDirectory
import Engine
package import JSON

/// Where a recipient is on its way through a campaign's flow.
package enum ExecutionStatus: String, CaseIterable, Sendable {
    /// Nothing has begun.
    case pending
    /// In a node: a shard has the recipient.
    case processing
    /// Until a time, such as that of the next attempt.
    case waiting
    case completed
    case failed
    case skipped
}

/// One recipient's way through a flow as the API shows it.
///
/// A campaign with a template and no flow is a flow of one node, `send`: its executions are derived
/// from its deliveries, and nothing is stored for them. An execution's id is its own, so that flows
/// may give one execution several deliveries.
struct ExecutionView: Sendable {
    let delivery: DeliveryView

    static let idPrefix = "exe_"
    private static let node = "send"

    static let shape = Shape.named(
        "Execution",
        .fields([
            .required("id", .id), .required("campaign_id", .id), .required("user_id", .userID),
            .required("status", .choice(ExecutionStatus.allCases.map(\.rawValue))),
            .required(
                "node",
                .nullable(.text(1...64).describedAs("Where it is, or where it came to its end."))),
            .required(
                "delivery_id", .nullable(.id.describedAs("The newest delivery that it made."))),
            .required("reason", .nullable(.text(1...64))),
            .required("entered_at", .nullable(.time)),
            .required("waiting_until", .nullable(.time)),
            .required("ended_at", .nullable(.time)),
        ]))

    var status: ExecutionStatus {
        let record = delivery.record
        switch record.status {
        case .sent, .unknown: return .completed
        case .failed: return .failed
        case .skipped, .duplicate: return .skipped
        case .inFlight: return .processing
        case .pending:
            if record.timeMilliseconds > delivery.now.milliseconds { return .waiting }
            return delivery.isActive ? .processing : .pending
        }
    }

    /// Whether a record may be that of an execution with a status.
    static func mayMatch(_ record: DeliveryRecord, _ status: ExecutionStatus?) -> Bool {
        switch status {
        case nil: true
        case .pending, .processing, .waiting: !record.status.isEnded
        case .completed: record.status == .sent || record.status == .unknown
        case .failed: record.status == .failed
        case .skipped: record.status == .skipped
        }
    }

    var json: JSONValue {
        let record = delivery.record
        let status = status
        return [
            "id": .string(Self.idPrefix + delivery.id),
            "campaign_id": .string(delivery.campaign.id), "user_id": .string(delivery.userID),
            "status": .string(status.rawValue), "node": .string(Self.node),
            "delivery_id": .string(delivery.id),
            "reason": record.reason == .none
                ? .null : .string(record.reason.label(code: record.code)),
            "entered_at": .time(delivery.campaign.startedAt),
            "waiting_until": status == .waiting ? .time(record.timeMilliseconds) : .null,
            "ended_at": record.status.isEnded ? .time(record.timeMilliseconds) : .null,
        ]
    }
}

extension Deliveries {
    package static let execution = ExecutionView.shape

    /// Lists the executions of a campaign, by status.
    package func executions(
        _ caller: Caller, campaign id: String, status: String?, _ page: PageRequest
    ) async throws -> ListPage {
        let wanted = status.flatMap(ExecutionStatus.init(rawValue:))
        return try await list(
            caller, id, PageCursor.fingerprint("executions", id, status ?? ""), page,
            where: { ExecutionView.mayMatch($0, wanted) }
        ) { delivery in
            let view = ExecutionView(delivery: delivery)
            return wanted == nil || view.status == wanted ? .some(view.json) : .none
        }
    }

    /// One execution.
    package func execution(_ caller: Caller, _ id: String) async throws -> JSONValue {
        guard id.hasPrefix(ExecutionView.idPrefix) else {
            throw Problem.notFound("execution", id)
        }
        let delivery = String(id.dropFirst(ExecutionView.idPrefix.count))
        do {
            return ExecutionView(delivery: try await view(caller, delivery)).json
        } catch let problem as Problem where problem.code == .notFound {
            throw Problem.notFound("execution", id)
        }
    }
}
