import Structures
import Synchronization

/// Who may be sent to, as a campaign asks it: the table, and the scopes that count for it.
package struct EligibilityCheck: Sendable {
    /// Who may not be sent to, of all scopes.
    package let table: EligibilityTable
    /// A user with an entry in any of them is skipped.
    package let scopes: [UInt64]
    /// Whether people need to have consented; nil when nobody does.
    package let consent: ConsentRule?

    /// Makes a check of at most `EngineLimits.eligibilityScopesMax` scopes.
    package init(table: EligibilityTable, scopes: [UInt64], consent: ConsentRule? = nil) {
        precondition(
            scopes.count <= EngineLimits.eligibilityScopesMax,
            "a campaign asks in more scopes than a probe holds")
        self.table = table
        self.scopes = scopes
        self.consent = consent
    }

    /// Why a user may not be sent to now, `nil` when nothing speaks against it; for views.
    package func reason(_ userID: UnsafeRawBufferPointer) -> DeliveryReason? {
        unsafe EligibilityProbe(self).reason(userID)
    }
}

/// A campaign's check, flat in a shard's memory: asking counts no reference that other shards
/// count, too.
// SAFETY: both addresses lie in objects that the campaign's plan holds for as long as it runs.
@safe
struct EligibilityProbe: BitwiseCopyable {
    private let published: UnsafeMutablePointer<EligibilityTable.Published>
    private var scopes = SIMD4<UInt64>()
    private let scopeCount: Int
    private let consentScope: UInt64
    private let consentNeeded: SharedPointer<Atomic<Bool>>?

    /// Makes a probe into a table, and a rule if any, that outlive it.
    init(_ check: EligibilityCheck) {
        unsafe published = check.table.published
        scopeCount = check.scopes.count
        consentScope = check.consent?.scope ?? 0
        unsafe consentNeeded = check.consent?.needed
        for (index, scope) in check.scopes.enumerated() { scopes[index] = scope }
    }

    /// Why a user may not be sent to now, `nil` when nothing speaks against it.
    func reason(_ userID: UnsafeRawBufferPointer) -> DeliveryReason? {
        let needsConsent = unsafe consentNeeded?.pointee.load(ordering: .acquiring) ?? false
        guard unsafe needsConsent || published.pointee.count.load(ordering: .relaxed) > 0 else {
            return nil
        }
        var hash = unsafe KeyedHash(key: published.pointee.key)
        unsafe hash.absorb(userID)
        let slots = unsafe published.pointee.slots
        var bits: UInt64 = 0
        for index in 0..<scopeCount { bits |= slots.reasons(hash.value(in: scopes[index])) }
        if needsConsent, slots.reasons(hash.value(in: consentScope)) == 0, bits == 0 {
            return .noConsent
        }
        return DeliveryReason(eligibilityBits: bits)
    }
}
