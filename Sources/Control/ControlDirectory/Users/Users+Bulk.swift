import Audience
import Foundation
import GRDB
package import JSON

extension Users {
    /// Makes or replaces many users; one that breaks a rule does not stop the others.
    package func bulk(_ caller: Caller, _ body: JSONValue) async throws -> JSONValue {
        let users = body["users"]?.array ?? []
        return try await database.write { db, now in
            var batch = UserBatch()
            var reader = UserObjectReader(try UserInput.rules(caller.app, db))
            var errors: [JSONValue] = []
            for (index, user) in users.enumerated() {
                do throws(UserFault) {
                    try reader.read(
                        Array(user.encoded.utf8), line: UInt64(index), into: &batch)
                } catch {
                    let mistake = FieldMistake(
                        path: error.path, code: error.code, message: error.message)
                    errors.append(mistake.json(at: index))
                }
            }
            var writer = try UserWriter(
                db, app: caller.app, mode: .upsert, count: batch.rows.count, now: now)
            let outcome = try writer.write(batch)
            eligibility.publish(outcome.changes, after: db)
            let figures: [String: JSONValue] = [
                "created": .integer(Int64(outcome.created)),
                "updated": .integer(Int64(outcome.updated)),
                "rejected": .integer(Int64(errors.count)),
            ]
            try AuditEntry("bulk", "user", "", after: .object(figures))
                .record(by: caller, at: now, db)
            return .object(figures.merging(["errors": .array(errors)]) { first, _ in first })
        }
    }
}

extension FieldMistake {
    /// The mistake of one of several items.
    func json(at index: Int) -> JSONValue {
        [
            "index": .integer(Int64(index)), "path": .string(path), "code": .string(code),
            "message": .string(message),
        ]
    }
}
