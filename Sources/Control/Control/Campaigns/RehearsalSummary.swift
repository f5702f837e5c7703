import ControlDirectory
import Engine
import JSON
import Jinja

/// What a rehearsal found.
struct RehearsalSummary {
    /// Failures that are listed one by one; the rest is counted.
    static let failuresMax = 20
    /// Missing variables that are named.
    static let namesMax = 100

    private var rendered = 0
    private var skipped = 0
    private var failed = 0
    private var bytesTotal = 0
    private var bytesMax = 0
    private var reasons: [String: Int] = [:]
    private var missing: [String: Int] = [:]
    private var failures: [JSONValue] = []

    mutating func add(bytes: Int, missing names: [String]) {
        rendered += 1
        bytesTotal += bytes
        bytesMax = max(bytesMax, bytes)
        for name in Set(names) where missing[name] != nil || missing.count < Self.namesMax {
            missing[name, default: 0] += 1
        }
    }

    mutating func skip(_ reason: DeliveryReason) {
        skipped += 1
        reasons[reason.label(code: 0), default: 0] += 1
    }

    mutating func fail(_ reason: DeliveryReason, userID: String, _ failure: RenderFailure?) {
        guard reason != .noEndpoint else { return skip(reason) }
        failed += 1
        reasons[reason.label(code: 0), default: 0] += 1
        guard failures.count < Self.failuresMax else { return }
        failures.append([
            "user_id": .string(userID), "reason": .string(reason.label(code: 0)),
            "message": .text(failure?.message),
            "line": failure.map { .integer(Int64($0.line)) } ?? .null,
        ])
    }

    var json: JSONValue {
        func list(_ counts: [String: Int], _ name: String) -> JSONValue {
            .array(
                counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
                    [name: .string($0.key), "count": .integer(Int64($0.value))]
                })
        }
        return [
            "recipients": .integer(Int64(rendered + skipped + failed)),
            "rendered": .integer(Int64(rendered)), "skipped": .integer(Int64(skipped)),
            "failed": .integer(Int64(failed)), "reasons": list(reasons, "reason"),
            "missing_variables": list(missing, "name"), "failures": .array(failures),
            "bytes_total": .integer(Int64(bytesTotal)), "bytes_max": .integer(Int64(bytesMax)),
        ]
    }
}
