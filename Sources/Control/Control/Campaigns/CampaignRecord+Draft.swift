import ControlDirectory
import ControlMessages
import Engine
import GRDB
import JSON

/// Campaigns as their makers decide about them, until they are launched.
extension CampaignRecord {
    /// A draft of which nothing is decided.
    ///
    /// - Parameters:
    ///   - app: Whose it is.
    ///   - id: What it is called in paths; made up when nil.
    ///   - kind: What it is made by.
    ///   - parent: The campaign that it is a run or a test of.
    ///   - now: When it is made.
    init(
        draftOf app: AppRowID, id: String? = nil, kind: CampaignKind, parent: String? = nil,
        at now: Timestamp
    ) {
        var generator = SystemRandomNumberGenerator()
        self.app = app
        self.id = id ?? RandomText.id("cmp")
        engineID = "\(CampaignID(using: &generator))"
        self.kind = kind
        self.parent = parent
        createdAt = now.milliseconds
        updatedAt = now.milliseconds
    }

    /// Takes what is decided about another campaign, but for its end: that was the other's.
    mutating func copy(_ source: CampaignRecord) {
        Self.schema.copy(source, into: &self)
        stopAt = nil
    }

    /// Takes what a change of the draft names.
    mutating func change(_ body: JSONValue, at now: Timestamp) {
        let template = templateID
        Self.schema.take(body, into: &self)
        // A version is one of its template's.
        if templateID != template, body["template_version"] == nil { templateVersion = nil }
        updatedAt = now.milliseconds
    }

    /// Checks what the fields refer to, and pins the template's version when none is named.
    ///
    /// - Throws: `Problem` with every mistake.
    mutating func check(_ db: Database) throws {
        guard variables.encoded.utf8.count <= InputLimits.documentBytes else {
            throw Problem.invalid(
                "/variables", "too_large", "expected at most \(InputLimits.documentBytes) bytes")
        }
        if !segmentIDs.isEmpty, !userIDs.isEmpty {
            throw Problem.invalid(
                "/user_ids", "mutually_exclusive", "expected either segment_ids or user_ids")
        }
        var mistakes: [FieldMistake] = []
        for (index, id) in segmentIDs.enumerated() {
            let exists = try Bool.fetchOne(
                db, sql: "SELECT EXISTS (SELECT 1 FROM segment WHERE app = ? AND id = ?)",
                arguments: [app, id])
            if exists != true {
                mistakes.append(
                    FieldMistake(
                        path: "/segment_ids/\(index)", code: "unknown_reference",
                        message: "there is no segment “\(id)”"))
            }
        }
        if let templateID {
            if let template = try Templates.row(app, templateID, db) {
                let latest = template["latest_version"] as Int64
                let published = template["published_version"] as Int64?
                let version = templateVersion ?? published ?? latest
                templateVersion = version
                if !(1...latest).contains(version) {
                    mistakes.append(
                        FieldMistake(
                            path: "/template_version", code: "unknown_reference",
                            message: "expected a version from 1 to \(latest)"))
                }
            } else {
                mistakes.append(
                    FieldMistake(
                        path: "/template_id", code: "unknown_reference",
                        message: "there is no template “\(templateID)”"))
            }
        }
        guard mistakes.isEmpty else { throw Problem.invalid(mistakes) }
    }
}
