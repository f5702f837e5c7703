package import Engine
import Structures

/// Keeps the engine's table of who must not be sent to as the control plane's changes say.
package final class EligibilityDirectory: EligibilityPublisher {
    private let table = EligibilityTable()
    // By app and channel type: whether a consent is needed there, read by shards.
    private let rules = Guarded<[UInt64: ConsentRule]>([:])
    private let deniedApps = Guarded<Set<AppRowID>>([])

    /// Knows nobody until it is told.
    package init() {}

    /// What is asked before each send through a channel type.
    package func check(app: AppRowID, medium: Medium) -> EligibilityCheck {
        EligibilityCheck(
            table: table,
            scopes: [
                Self.scope(app, EligibilityChange.allChannels, .suppressed),
                Self.scope(app, medium.rawValue, .noConsent),
            ], consent: rule(app, medium))
    }

    private func rule(_ app: AppRowID, _ medium: Medium) -> ConsentRule {
        let scope = Self.scope(app, medium.rawValue, .notGranted)
        let isDenied = deniedApps.withLock { $0.contains(app) }
        return rules.withLock { rules in
            if let rule = rules[scope] { return rule }
            let rule = ConsentRule(scope: scope)
            rule.setNeeded(isDenied)
            rules[scope] = rule
            return rule
        }
    }

    package func changed(_ changes: [EligibilityChange]) {
        for change in changes {
            let scope = Self.scope(change.app, change.medium, change.reason)
            // Of consents the table holds those who have one.
            let isHeld = change.reason == .notGranted ? !change.isIneligible : change.isIneligible
            var userID = change.userID
            userID.withUTF8 { utf8 in
                let bytes = UnsafeRawBufferPointer(utf8)
                if isHeld {
                    unsafe table.insert(scope: scope, userID: bytes, reason: change.reason.engine)
                } else {
                    unsafe table.remove(scope: scope, userID: bytes, reason: change.reason.engine)
                }
            }
        }
    }

    package func consentDefaultChanged(app: AppRowID, isDenied: Bool) {
        deniedApps.withLock { apps in
            if isDenied { apps.insert(app) } else { apps.remove(app) }
        }
        for medium in Medium.allCases {
            rule(app, medium).setNeeded(isDenied)
        }
    }

    /// Names what a reason is about: all channels of an app, one of them, or the consents of one.
    private static func scope(
        _ app: AppRowID, _ medium: String, _ reason: EligibilityReason
    ) -> UInt64 {
        var hash = reason == .notGranted ? FNV1a(basis: 0x9AE1_6A3B_2F90_404F) : FNV1a()
        hash.add(contentsOf: medium.utf8)
        return hash.value ^ (UInt64(bitPattern: app.rawValue) &* 0x9E37_79B9_7F4A_7C15)
    }
}

extension EligibilityReason {
    fileprivate var engine: DeliveryReason {
        switch self {
        case .suppressed: .suppressed
        case .noConsent, .notGranted: .noConsent
        case .userDeleted: .userDeleted
        }
    }
}
