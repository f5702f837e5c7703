/// Finds who asks the machine what time it is in the control plane, which goes by a clock that it
/// is given (`WallClock`).
enum ClockReads {
    /// The one file that reads the machine's clock.
    static let clock = "Sources/Control/ControlDirectory/Values/WallClock.swift"

    /// The one file that chooses the machine's clock, where nobody gives another.
    static let options = "Sources/Control/ControlDirectory/ControlOptions.swift"

    private static let reads = [
        "Date()", "Date.now", "Date.init()", "clock_gettime(", "gettimeofday(", "time(nil)",
        ".wallMilliseconds", "timeIntervalSinceNow", "Timestamp.now",
    ]

    /// Lines of `file` that read the machine's wall clock, or choose it; a monotonic clock only
    /// measures.
    static func violations(in file: SourceFile) -> [Violation] {
        guard file.isInside("Sources/Control"), file.path != clock else { return [] }
        let choice = file.path == options ? [] : ["WallClock.system"]
        return file.codeLines.compactMap { number, code in
            guard (reads + choice).contains(where: { code.contains($0) }) else { return nil }
            return Violation(
                path: file.path, line: number, message: "a time that is not the clock's")
        }
    }
}
