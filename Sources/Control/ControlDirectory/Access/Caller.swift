import JSON

/// Who makes a request: an app, by one of its keys.
package struct Caller: Sendable {
    /// The app's row, which every query is restricted to.
    package let app: AppRowID
    /// The app's id as its owners know it.
    package let appID: String
    /// The id of the API key that asked, for the audit log.
    package let keyID: String
    /// What the key may do.
    package let permissions: Set<Permission>

    /// Who asks, once the key was found to be right.
    package init(app: AppRowID, appID: String, keyID: String, permissions: Set<Permission>) {
        self.app = app
        self.appID = appID
        self.keyID = keyID
        self.permissions = permissions
    }

    /// - Throws: `Problem` of the code `forbidden` that names the permission.
    package func require(_ permission: Permission) throws(Problem) {
        guard permissions.contains(where: { $0.covers(permission) }) else {
            throw Problem(
                .forbidden, "this needs the permission \(permission.rawValue)",
                members: ["permission": .string(permission.rawValue)])
        }
    }
}
