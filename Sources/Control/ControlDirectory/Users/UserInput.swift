import Audience
import Foundation
import GRDB
import JSON

/// Users as the API takes them, on their way to the writer.
enum UserInput {
    /// The rules of an app as they are at this moment.
    static func rules(_ app: AppRowID, _ db: Database) throws -> UserRules {
        let rows = try Row.fetchCursor(
            db.cachedStatement(sql: "SELECT path, type FROM attribute WHERE app = ?"),
            arguments: [app])
        var attributes: [(steps: [String], type: UserRules.AttributeType)] = []
        while let row = try rows.next() {
            guard let type = UserRules.AttributeType(rawValue: row[1]) else { continue }
            let path: String = row[0]
            attributes.append((path.split(separator: ".").map(String.init), type))
        }
        return UserRules(
            consentTypes: Medium.allCases.map(\.rawValue), attributes: attributes,
            isTimeZone: isTimeZone)
    }

    private static let timeZones = Set(TimeZone.knownTimeZoneIdentifiers + ["UTC", "GMT"])

    /// Whether a name is one of the time zone database, old names included.
    static func isTimeZone(_ name: String) -> Bool {
        if timeZones.contains(name) { return true }
        return name.contains("/") && TimeZone(identifier: name)?.identifier == name
    }

    /// Reads one user, which breaks no rule.
    ///
    /// - Throws: `Problem` of `validationFailed`.
    static func read(
        _ user: JSONValue, _ rules: UserRules, into batch: inout UserBatch
    ) throws {
        var reader = UserObjectReader(rules)
        do throws(UserFault) {
            try reader.read(Array(user.encoded.utf8), into: &batch)
        } catch {
            throw Problem.invalid(error.path, error.code, error.message)
        }
    }

    /// A document changed by a merge patch (RFC 7386).
    static func merged(_ document: JSONValue?, with patch: JSONValue) -> JSONValue {
        guard case .object(let changes) = patch else { return patch }
        var fields = document?.object ?? [:]
        for (name, change) in changes {
            if change.isNull {
                fields[name] = nil
            } else {
                fields[name] = merged(fields[name], with: change)
            }
        }
        return .object(fields)
    }
}
