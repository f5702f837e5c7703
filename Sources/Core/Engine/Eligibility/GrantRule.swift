import Synchronization

/// Whether everybody is ineligible who has not granted: the rule of an app for a type of channels,
/// which may change while campaigns run.
///
/// Of the scope of grants the table holds those who have one, whatever the reason of the entry.
// Safe: it owns its memory.
@safe
package final class GrantRule: @unchecked Sendable {
    // Sendable: the scope never changes, and the switch is atomic.

    let scope: UInt64
    /// In memory of its own, so that a probe asks without counting a reference.
    let needed: UnsafeMutablePointer<Atomic<Bool>>

    /// Makes a rule that nobody needs to grant yet; the scope is that of the grants.
    package init(scope: UInt64) {
        self.scope = scope
        unsafe needed = .allocate(capacity: 1)
        unsafe needed.initialize(to: Atomic(false))
    }

    deinit {
        unsafe needed.deinitialize(count: 1)
        unsafe needed.deallocate()
    }

    /// Changes the rule, for the next send of every campaign.
    package func setNeeded(_ isNeeded: Bool) {
        unsafe needed.pointee.store(isNeeded, ordering: .releasing)
    }
}
