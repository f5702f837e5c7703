/// Why somebody must not be sent to.
package enum EligibilityReason: String, CaseIterable, Sendable {
    /// On the app's list of suppressions, for all types of channels.
    case suppressed
    /// The user has refused a type of channels.
    case noConsent = "no_consent"
    /// The user was deleted, for all types of channels.
    case userDeleted = "user_deleted"
    /// The user has not granted a type of channels, in an app whose default is to refuse.
    ///
    /// There it holds of everybody, so that only the exceptions are told: a consent is a change to
    /// eligible.
    case notGranted = "not_granted"
}

/// A reason that begins or ceases to hold of a user.
package struct EligibilityChange: Hashable, Sendable {
    /// The channel type of reasons that hold for all of them.
    package static let allChannels = "*"

    /// The app's row number.
    package let app: AppRowID
    /// The id of the user within the app, who need not be stored.
    package let userID: String
    /// A `Medium`, or `allChannels`.
    package let medium: String
    /// Which of the reasons begins or ceases to hold; others are as they were.
    package let reason: EligibilityReason
    /// True when the reason begins to hold.
    package let isIneligible: Bool

    /// Describes a change for one medium, or for all of them.
    package init(
        app: AppRowID, userID: String, medium: String = allChannels, reason: EligibilityReason,
        isIneligible: Bool
    ) {
        self.app = app
        self.userID = userID
        self.medium = medium
        self.reason = reason
        self.isIneligible = isIneligible
    }
}

/// Who hears of changes: the engine's table, which is asked before each send.
///
/// Calls come one at a time, in the order of the commits, after a change is durable and before the
/// request that made it is answered. They hold up all writing, so they must be short and must not
/// use the database.
package protocol EligibilityPublisher: Sendable {
    func changed(_ changes: [EligibilityChange])

    /// Tells whether an app's users need a consent; of each consent `changed` has told before.
    func consentDefaultChanged(app: AppRowID, isDenied: Bool)
}
