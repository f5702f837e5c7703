/// Counts what happens in a sink.
///
/// Belongs to the loop's thread.
///
/// Time is the loop's millisecond clock, given by the caller.
struct StatisticsRecorder: ~Copyable {
    /// All counts except those that are kept in another form below.
    var counts = SinkStatistics()
    private var keys = KeySet()
    /// Answers by status.
    private var statuses = [Int](repeating: 0, count: 600)
    private var start: UInt64
    private var firstRequest: UInt64?
    private var lastRequest: UInt64 = 0

    init(now: UInt64) { start = now }

    /// Records a request that was read to its end.
    ///
    /// - Parameters:
    ///   - key: Its key, if it has one.
    ///   - fate: What becomes of it.
    ///   - now: The time of its arrival.
    mutating func request(key: KeyDigest?, fate: RequestFate, now: UInt64) {
        counts.requests += 1
        recordArrival(now)
        var isAccepted = false
        switch fate {
        case .answer(let status, _): isAccepted = status.isAccepted
        case .stall: counts.stalls += 1
        case .reset: counts.resets += 1
        }
        if isAccepted { counts.accepted += 1 }
        guard let key else {
            counts.requestsWithoutKey += 1
            return
        }
        switch keys.record(key, accepted: isAccepted) {
        case .new: break
        case .untracked: counts.untrackedKeys += 1
        case .known(let acceptances):
            counts.duplicates += 1
            guard isAccepted, acceptances > 0 else { break }
            counts.acceptedRepeats += 1
            if acceptances == 1 { counts.acceptedDuplicates += 1 }
        }
    }

    /// Records an answer that was handed to the socket.
    ///
    /// - Parameter status: Its status.
    mutating func answered(_ status: HTTPStatus) { statuses[Int(status.code)] += 1 }

    mutating func connectionOpened() {
        counts.connectionsOpened += 1
        counts.connectionsNow += 1
        counts.connectionsPeak = max(counts.connectionsPeak, counts.connectionsNow)
    }

    mutating func connectionClosed() { counts.connectionsNow -= 1 }

    /// The counts at this moment.
    ///
    /// - Parameter now: The time.
    /// - Returns: A copy.
    func snapshot(now: UInt64) -> SinkStatistics {
        var copy = counts
        copy.distinctKeys = keys.count
        for code in 100..<600 where statuses[code] > 0 {
            copy.statuses[HTTPStatus(UInt16(code))] = statuses[code]
        }
        copy.uptimeMilliseconds = now - start
        if let firstRequest {
            copy.firstRequestMilliseconds = firstRequest - start
            copy.lastRequestMilliseconds = lastRequest - start
        }
        return copy
    }

    /// Forgets everything, except which connections are open.
    ///
    /// - Parameter now: The new start.
    mutating func reset(now: UInt64) {
        let open = counts.connectionsNow
        self = StatisticsRecorder(now: now)
        counts.connectionsNow = open
        counts.connectionsPeak = open
    }

    private mutating func recordArrival(_ now: UInt64) {
        let first = firstRequest ?? now
        firstRequest = first
        lastRequest = now
        let window = Int((now - first) / SinkLimits.windowMilliseconds)
        guard window < SinkLimits.windowsMax else {
            counts.windowsAreTruncated = true
            return
        }
        while counts.windows.count <= window { counts.windows.append(0) }
        counts.windows[window] += 1
    }
}
