package import ControlDirectory
import GRDB
package import JSON

extension Templates {
    /// Renders a version for a stored user or a made-up one, the way a campaign would.
    ///
    /// - Parameters:
    ///   - caller: Whose template.
    ///   - id: The template.
    ///   - version: As in the path; the latest one if nil.
    ///   - body: Variables, receiver and sender.
    /// - Returns: The request.
    /// - Throws: `Problem` with the place where rendering failed.
    package func preview(
        _ caller: Caller, _ id: String, version: String?, _ body: JSONValue
    ) async throws -> JSONValue {
        let number = try version.map { text throws(Problem) in try Self.number(text) }
        let variables = body["variables"] ?? [:]
        let (stored, provider) = try await database.read { db in
            (
                try Self.stored(app: caller.app, id: id, version: number, db),
                try WebhookProviders.settings(app: caller.app, db) ?? ProviderSettings()
            )
        }
        let template = try await BlockingQueue.run {
            try PreviewTemplate(stored, provider, variables: variables)
        }
        let receiver = try PreviewReceiver(app: caller.app, body)
        let userID = receiver.id
        let source = receiver.source
        let selection = template.layout.selection(
            variables: SQLCondition("?", [variables.encoded]))
        let (columns, scope) = try await database.read { db in
            let row = try Row.fetchOne(
                db, sql: "SELECT \(selection.sql) FROM \(source.sql)",
                arguments: selection.arguments + source.arguments)
            guard let row else {
                throw Problem.invalid("/user_id", "unknown_user", "there is no such user")
            }
            let columns = template.layout.columns.indices.map { row[$0] as String? }
            return (columns, try Self.scope(caller.app, body, db))
        }
        return try await BlockingQueue.run { try template.render(userID, columns, scope) }
    }

    /// What a preview's templates see that is the same for all recipients.
    private static func scope(
        _ app: AppRowID, _ body: JSONValue, _ db: Database
    ) throws -> [String: JSONValue] {
        var scope: [String: JSONValue] = [
            "campaign": ["id": "preview", "name": "Preview", "title": "Preview"]
        ]
        if let id = body["sender_id"]?.string {
            guard let sender = try UserObject.json(app: app, id: id, db) else {
                throw Problem.invalid("/sender_id", "unknown_user", "there is no such user")
            }
            scope["sender"] = sender
        }
        return scope
    }
}
