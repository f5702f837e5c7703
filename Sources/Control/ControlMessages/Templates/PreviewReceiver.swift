import ControlDirectory
import GRDB
import JSON

/// The recipient of a preview: a stored user, or one that the request describes.
struct PreviewReceiver {
    let id: String
    /// What follows `FROM`; it has no row when the user is not stored.
    let source: SQLCondition

    /// - Throws: `Problem` when both kinds are given.
    init(app: AppRowID, _ body: JSONValue) throws(Problem) {
        guard let id = body["user_id"]?.string else {
            self.init(sample: body["sample"] ?? [:])
            return
        }
        guard body["sample"] == nil else {
            throw .invalid("/sample", "conflict", "expected user_id or sample, not both")
        }
        self.init(id: id, source: SQLCondition("user WHERE app = ? AND id = ?", [app, id]))
    }

    private init(id: String, source: SQLCondition) {
        self.id = id
        self.source = source
    }

    /// A row like one of the table of users.
    private init(sample: JSONValue) {
        func text(_ name: String) -> String? { sample[name]?.string }
        func time(_ name: String) -> Int64? {
            text(name).flatMap(Timestamp.init(rfc3339:))?.milliseconds
        }
        func list(_ name: String) -> String {
            JSONValue.array(sample[name]?.array ?? []).encoded
        }
        func object(_ name: String) -> String {
            JSONValue.object(sample[name]?.object ?? [:]).encoded
        }
        let columns: [(name: String, value: (any DatabaseValueConvertible)?)] = [
            ("name", text("name")), ("locale", text("locale")), ("timezone", text("timezone")),
            ("tags", list("tags")), ("endpoints", list("endpoints")),
            ("consent", object("consent")), ("attributes", object("attributes")),
            ("last_active_at", time("last_active_at")), ("created_at", time("created_at")),
            ("updated_at", time("updated_at")),
        ]
        let list = columns.map { "? AS \($0.name)" }.joined(separator: ", ")
        self.init(
            id: text("id").flatMap { $0.isEmpty ? nil : $0 } ?? "sample",
            source: SQLCondition(
                "(SELECT \(list)) AS user", StatementArguments(columns.map(\.value))))
    }
}
