import Foundation

/// Tells what time it is; whoever decides by the time is given one.
package struct WallClock: Sendable {
    private let read: @Sendable () -> Timestamp

    /// A clock of the caller's own, such as one that a test turns.
    ///
    /// - Parameter read: Reads the clock; it may be called on any thread.
    package init(_ read: @escaping @Sendable () -> Timestamp) { self.read = read }

    /// What time it is.
    package var now: Timestamp { read() }

    /// The clock of the machine, cut to a millisecond.
    package static let system = WallClock {
        Timestamp(milliseconds: Int64((Date().timeIntervalSince1970 * 1_000).rounded(.down)))
    }
}
