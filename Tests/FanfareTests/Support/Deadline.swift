/// How long tests wait for what has to happen: generous, because only a failure takes that long.
enum Deadline {
    /// For a program to end, or for a figure to be reached.
    static let standard = Duration.seconds(90)
    /// For what must happen at once, as opposed to after a time-out that is longer than this.
    static let atOnce = Duration.seconds(45)

    /// Pauses grow from the first to the last: many tests wait at the same time.
    private static let pauses = (first: Duration.milliseconds(5), last: Duration.milliseconds(50))

    /// Something that a test waited for did not happen.
    struct Passed: Error, CustomStringConvertible {
        let description: String
    }

    /// Waits until a condition holds, without holding a thread meanwhile.
    ///
    /// - Parameters:
    ///   - what: Names the condition in the error.
    ///   - limit: The longest wait.
    ///   - details: Added to the error.
    ///   - condition: Asked again and again.
    /// - Throws: `Passed`, or what the condition throws.
    static func wait(
        for what: String, within limit: Duration = standard, details: () -> String = { "" },
        until condition: () async throws -> Bool
    ) async throws {
        let clock = ContinuousClock()
        let end = clock.now + limit
        var pause = pauses.first
        while try await !condition() {
            guard clock.now < end else {
                throw Passed(description: "waited \(limit) for \(what); \(details())")
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, pauses.last)
        }
    }
}
