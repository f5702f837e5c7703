package import ControlDirectory
import Structures

/// A clock that goes when it is told to.
package final class TestClock: Sendable {
    private let milliseconds = Guarded<Int64>(WallClock.system.now.milliseconds)

    /// A clock that stands at the time of its making.
    package init() {}

    /// What a control plane takes for the time.
    package var clock: WallClock {
        WallClock { Timestamp(milliseconds: self.milliseconds.withLock { $0 }) }
    }

    /// Goes forward.
    package func advance(seconds: Int64) { milliseconds.withLock { $0 += seconds * 1_000 } }
}
