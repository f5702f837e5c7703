import Engine

/// What the records of a page add up to.
struct PageSum: Equatable {
    /// What has ended.
    var tally = Tally()
    /// Those that have not ended, and whose message may have arrived: an attempt of theirs was on
    /// the wire when its process died, or got no answer.
    var unsure = 0
    /// The others that have not ended.
    var untried = 0

    /// Messages that count against a quota: those that were taken, or may have been.
    ///
    /// An unsure one counts from the moment of its doubt, not when it has ended: otherwise others
    /// could use the quota meanwhile, and its message would be one too many if it has arrived.
    var consumed: Int { tally.consumed + unsure }

    init(untried: Int) { self.untried = untried }

    @unsafe
    init(of records: UnsafeBufferPointer<DeliveryRecord>) {
        tally = unsafe Tally(ended: records)
        for index in records.indices where unsafe !records[index].status.isEnded {
            if unsafe records[index].flags.contains(.unsure) { unsure += 1 } else { untried += 1 }
        }
    }
}
