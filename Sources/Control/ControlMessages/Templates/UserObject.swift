package import ControlDirectory
package import GRDB
package import JSON

/// A user as templates see one that is the same for all recipients: the sender.
package enum UserObject {
    /// The fields of a stored user, its attributes under `attributes` and beside them.
    ///
    /// - Returns: Nil when the app has no such user.
    package static func json(app: AppRowID, id: String, _ db: Database) throws -> JSONValue? {
        let selection = UserField.allCases.map(\.sql).joined(separator: ", ")
        let row = try Row.fetchOne(
            db, sql: "SELECT user.attributes, \(selection) FROM user WHERE app = ? AND id = ?",
            arguments: [app, id])
        guard let row else { return nil }
        let attributes = try JSONValue(parsing: row[0] as String)
        var fields = attributes.object ?? [:]
        fields["attributes"] = attributes
        for (index, field) in UserField.allCases.enumerated() {
            guard let text = row[index + 1] as String? else {
                fields[field.rawValue] = nil
                continue
            }
            fields[field.rawValue] = field.isJSON ? try JSONValue(parsing: text) : .string(text)
        }
        fields["id"] = .string(id)
        return .object(fields)
    }
}
