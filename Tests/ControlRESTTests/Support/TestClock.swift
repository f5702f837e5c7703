import Control
import ControlDirectory
import Structures

/// A clock that goes when it is told to.
final class TestClock: Sendable {
    private let milliseconds = Guarded<Int64>(WallClock.system.now.milliseconds)

    var clock: WallClock {
        WallClock { Timestamp(milliseconds: self.milliseconds.withLock { $0 }) }
    }

    func advance(seconds: Int64) { milliseconds.withLock { $0 += seconds * 1_000 } }
}
