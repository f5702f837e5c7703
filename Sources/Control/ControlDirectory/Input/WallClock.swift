/// Tells what time it is; given from outside where waiting takes hours.
package struct WallClock: Sendable {
    /// Reads the clock; it may be called on any thread.
    package let now: @Sendable () -> Timestamp

    /// A clock of the caller's own, such as one that a test turns.
    package init(_ now: @escaping @Sendable () -> Timestamp) { self.now = now }

    /// The clock of the machine.
    package static let system = WallClock { .now }
}
