import Structures
import Synchronization

/// Whether everybody is ineligible who has not consented: the rule of an app for a medium, which
/// may change while campaigns run.
///
/// Of its scope the table holds those who have consented, whatever the reason of the entry.
// SAFETY: the switch lives from `init` to `deinit`, and is only borrowed in between.
@safe
package final class ConsentRule: Sendable {
    let scope: UInt64
    /// In memory of its own, so that a probe asks without counting a reference.
    let needed: SharedPointer<Atomic<Bool>>

    /// Makes the rule that nobody needs to have consented.
    ///
    /// - Parameter scope: The scope of the table in which those are who have.
    package init(scope: UInt64) {
        self.scope = scope
        unsafe needed = SharedPointer(to: Atomic(false))
    }

    deinit { unsafe needed.deallocate() }

    /// Changes the rule, for the next send of every campaign.
    package func setNeeded(_ isNeeded: Bool) {
        unsafe needed.pointee.store(isNeeded, ordering: .releasing)
    }
}
