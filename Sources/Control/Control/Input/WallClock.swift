/// Tells what time it is; given from outside where waiting takes hours.
package struct WallClock: Sendable {
    package let now: @Sendable () -> Timestamp

    package init(_ now: @escaping @Sendable () -> Timestamp) { self.now = now }

    package static let system = WallClock { .now }
}
