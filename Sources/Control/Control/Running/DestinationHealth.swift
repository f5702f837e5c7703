/// Notices that a campaign's destination has stopped working: a circuit breaker over what a run
/// reports.
///
/// ```
/// working ──answers that are no success──▶ suspect ──for the whole patience──▶ broken
///    ▲                                        │
///    └──────────────one success───────────────┘
/// ```
struct DestinationHealth: Sendable {
    /// Attempts without a success that mean something.
    static let attemptsMin: UInt64 = 20
    /// How long a destination may fail before its campaigns are paused.
    static let patienceNanoseconds: Int64 = 30_000_000_000

    private var sent: UInt64 = 0
    private var attemptsAtSuccess: UInt64 = 0
    private var suspectSince: Int64?

    /// Takes a reading of a run.
    ///
    /// - Parameters:
    ///   - sent: Successes so far.
    ///   - ended: Attempts so far that have an answer, or will have none.
    ///   - nowNanoseconds: The monotonic time.
    ///   - patienceNanoseconds: How long only failures may come.
    /// - Returns: Whether nothing has succeeded for the whole patience although it was tried.
    mutating func isBroken(
        sent: UInt64, ended: UInt64, nowNanoseconds: Int64,
        patienceNanoseconds: Int64 = patienceNanoseconds
    ) -> Bool {
        if sent > self.sent || ended == attemptsAtSuccess {
            self.sent = sent
            attemptsAtSuccess = ended
            suspectSince = nil
            return false
        }
        let since = suspectSince ?? nowNanoseconds
        suspectSince = since
        return ended - attemptsAtSuccess >= Self.attemptsMin
            && nowNanoseconds - since >= patienceNanoseconds
    }
}
