import JSON

/// What an API key may do.
package enum Permission: String, CaseIterable, Sendable {
    case manageCampaigns = "manage_campaigns"
    case viewCampaigns = "view_campaigns"
    case manageUsers = "manage_users"
    case sendNotifications = "send_notifications"
    /// Everything within the app: keys, limits, providers and event webhooks too.
    case admin
    /// Making and listing apps: for who runs the server.
    case operate

    /// What comes with it.
    func covers(_ other: Permission) -> Bool {
        switch self {
        case .admin: other != .operate
        case .manageCampaigns: other == self || other == .viewCampaigns
        default: other == self
        }
    }
}

/// Who makes a request: an app, by one of its keys.
package struct Caller: Sendable {
    /// The app's row, which every query is restricted to.
    package let app: Int64
    package let appID: String
    package let keyID: String
    package let permissions: Set<Permission>

    package init(app: Int64, appID: String, keyID: String, permissions: Set<Permission>) {
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
