package import ControlDirectory
package import GRDB
package import JSON
package import Jinja

/// A version of a template, ready to be sent.
package struct StoredTemplate: Sendable {
    /// The template's id, which all of its versions share.
    package let id: String
    /// The version's number, from 1.
    package let version: Int64
    /// Where the version stands between draft and archive.
    package let state: TemplateState
    /// The medium that its messages are for.
    package let medium: Medium
    /// What its messages are for, which decides whose consent they need.
    package let messageType: MessageType
    /// What is rendered.
    package let content: TemplateContent
    /// Nil: any variable may be read.
    package let schema: VariableSchema?
    /// The schema's values for variables that nobody gives.
    package let defaults: [String: JSONValue]

    init(_ template: Row, _ row: Row) throws {
        id = template["id"]
        version = row["version"]
        let content = try JSONValue(parsing: row["content"] as String)
        guard let state = TemplateState(rawValue: row["state"]),
            let medium = Medium(rawValue: template["channel_type"]),
            let messageType = MessageType(rawValue: template["message_type"])
        else {
            preconditionFailure("template \(id) has a state or type that was never written")
        }
        self.state = state
        self.medium = medium
        self.messageType = messageType
        self.content = try TemplateContent(content, at: "/content")
        let document = try (row["variable_schema"] as String?).map {
            try JSONValue(parsing: $0)
        }
        schema = try Self.schema(document)
        let properties = document?["properties"]?.object ?? [:]
        defaults = properties.compactMapValues { $0["default"] }
    }

    /// Reads a schema of an input.
    static func schema(_ document: JSONValue?) throws(Problem) -> VariableSchema? {
        guard let document, !document.isNull else { return nil }
        guard let parsed = JSONDocument(Array(document.encoded.utf8)) else {
            throw .invalid("/variable_schema", "schema_invalid", "this is nested too deeply")
        }
        do {
            return try VariableSchema(parsed)
        } catch {
            throw .invalid("/variable_schema", "schema_invalid", "\(error)")
        }
    }
}

extension Templates {
    /// Any version of a template of an app.
    ///
    /// - Parameters:
    ///   - app: Whose template.
    ///   - id: The template.
    ///   - version: The latest one if nil.
    ///   - db: Where to look.
    /// - Returns: The version, whatever its state.
    /// - Throws: `Problem` of `notFound`.
    package static func stored(
        app: AppRowID, id: String, version: Int64?, _ db: Database
    ) throws -> StoredTemplate {
        let template = try existing(app, id, db)
        return try StoredTemplate(
            template, try existingVersion(template, version ?? template["latest_version"], db))
    }

    /// A version that may be sent.
    ///
    /// - Parameters:
    ///   - app: Whose template.
    ///   - id: The template.
    ///   - version: The newest published one if nil.
    ///   - db: Where to look.
    /// - Returns: The version.
    /// - Throws: `Problem` of `notFound`, or of `templateNotPublished`.
    package static func published(
        app: AppRowID, id: String, version: Int64?, _ db: Database
    ) throws -> StoredTemplate {
        let template = try existing(app, id, db)
        guard let number = version ?? template["published_version"] else {
            throw Problem(.templateNotPublished, "no version of template “\(id)” is published")
        }
        let found = try StoredTemplate(template, try existingVersion(template, number, db))
        guard found.state == .published else {
            throw Problem(
                .templateNotPublished,
                "version \(number) of template “\(id)” is \(found.state.rawValue)",
                members: ["state": .string(found.state.rawValue)])
        }
        return found
    }
}
