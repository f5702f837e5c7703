package import GRDB
package import JSON

/// One change of one resource: who, what, when, before and after.
package struct AuditEntry: Sendable {
    /// What was done, as a verb: `suppress`, `upload_recipients`.
    package var action: String
    /// The kind of thing that it was done to, such as `campaign`.
    package var resource: String
    /// The id of that thing within its app.
    package var resourceID: String
    /// The thing as it was shown before; nil when it was not there, or nothing of it changed.
    package var before: JSONValue?
    /// The thing as it is shown since; nil when it is gone.
    package var after: JSONValue?

    /// Describes a change; `record` writes it, in the transaction of the change.
    package init(
        _ action: String, _ resource: String, _ resourceID: String, before: JSONValue? = nil,
        after: JSONValue? = nil
    ) {
        self.action = action
        self.resource = resource
        self.resourceID = resourceID
        self.before = before
        self.after = after
    }

    /// Writes the entry, in the transaction of the change itself.
    package func record(by caller: Caller, at now: Timestamp, _ db: Database) throws {
        try record(app: caller.app, actor: "key:\(caller.keyID)", at: now, db)
    }

    /// Writes the entry of a change that the server makes by itself.
    package func record(
        app: AppRowID, actor: String, at now: Timestamp, _ db: Database
    ) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO audit (app, at, actor, action, resource, resource_id, before, after)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            app, now, actor, action, resource, resourceID, before?.encoded,
            after?.encoded,
        ])
    }
}
