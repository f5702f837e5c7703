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
