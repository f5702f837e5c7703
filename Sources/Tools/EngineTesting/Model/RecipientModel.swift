import Engine

/// What a delivery's record must come to, kept beside the engine by simpler means.
///
/// It is moved on by what crosses the ports (a start, a completion, a crash) and compared with
/// every record that is committed, so the engine has to be right at each commit and not only in the
/// end.
struct RecipientModel {
    var status = DeliveryStatus.pending
    var attempts = 0
    var reason = DeliveryReason.none
    var code: UInt16 = 0
    /// Whether an attempt may have arrived though no answer said so.
    var isUnsure = false
    /// The time before which no attempt may start.
    var notBeforeNanoseconds = Int64.min
    /// Whether its own URL is none, so that it has to fail without an attempt.
    let hasBadHost: Bool

    /// Why it may not be sent to now.
    private(set) var ineligibility: DeliveryReason?
    /// Why it might not be sent to at some time: the end of a delivery that was skipped is learnt
    /// only when its page is committed.
    private var pastIneligibilities: Set<DeliveryReason> = []

    /// How often the receiver acted on it.
    var processed = 0
    /// Attempts after which nobody could know whether the receiver had acted.
    var ambiguousAttempts = 0

    init(hasBadHost: Bool) { self.hasBadHost = hasBadHost }

    /// The recipient may not be sent to from now on, or may be again.
    mutating func setIneligibility(_ reason: DeliveryReason?) {
        ineligibility = reason
        if let reason { pastIneligibilities.insert(reason) }
    }

    /// Applies what a completed attempt means.
    ///
    /// The time is when the shard took the completion.
    mutating func completed(_ verdict: Verdict, _ setup: CampaignSetup, nowNanoseconds: Int64) {
        reason = verdict.reason
        code = verdict.code
        switch verdict.action {
        case .accepted: status = .sent
        case .fail, .dropEndpoint: fail()
        case .unsure:
            isUnsure = true
            ambiguousAttempts += 1
            if setup.guarantee == .atMostOnce {
                status = .unknown
            } else {
                retry(verdict, setup, nowNanoseconds)
            }
        case .retry: retry(verdict, setup, nowNanoseconds)
        }
    }

    private mutating func retry(
        _ verdict: Verdict, _ setup: CampaignSetup, _ nowNanoseconds: Int64
    ) {
        guard attempts < setup.attemptsMax else { return fail() }
        status = .pending
        notBeforeNanoseconds =
            nowNanoseconds + Int64(max(0, verdict.retryAfterSeconds)) * SimulationLimits.second
    }

    /// An attempt that nobody saw the end of may have arrived: then it has not surely failed.
    private mutating func fail() { status = isUnsure ? .unknown : .failed }

    /// Applies the end of a process that had the delivery on the wire, or may have had it there.
    mutating func crashed(_ guarantee: DeliveryGuarantee) {
        isUnsure = true
        ambiguousAttempts += 1
        notBeforeNanoseconds = .min
        switch guarantee {
        case .atLeastOnce:
            status = .pending
            attempts -= 1
        case .atMostOnce:
            status = .unknown
            reason = .crashed
            code = 0
        }
    }

    /// Applies a power loss while the delivery's page was claimed.
    mutating func lostPower(stored: DeliveryRecord, _ guarantee: DeliveryGuarantee) {
        status = stored.status
        attempts = Int(stored.attempts)
        reason = stored.reason
        code = stored.code
        isUnsure = stored.flags.contains(.unsure)
        guard status == .pending else { return }
        attempts += 1
        crashed(guarantee)
    }

    /// Follows a record that was settled without a journal of what had become of it: it may only be
    /// one of those that say so.
    mutating func adopt(_ record: DeliveryRecord) {
        guard record.flags.contains(.unsure),
            record.status == .pending || record.reason == .crashed
        else { return }
        notBeforeNanoseconds = .min
        guard mismatch(with: record) != nil else { return }
        isUnsure = true
        ambiguousAttempts += 1
        status = record.status
        attempts = Int(record.attempts)
        reason = record.reason
        code = record.code
    }

    /// What is wrong with a record that is committed, if anything.
    ///
    /// A delivery whose URL is none, or whose user may not be sent to, ends without crossing a
    /// port: that is learnt here.
    mutating func mismatch(with record: DeliveryRecord) -> String? {
        if status == .pending, record.status == (isUnsure ? .unknown : .skipped),
            pastIneligibilities.contains(record.reason)
        {
            status = record.status
            reason = record.reason
            code = 0
        }
        if hasBadHost, status == .pending, record.status == .failed {
            status = .failed
            reason = .urlInvalid
        }
        if record.status != status { return "is \(record.status.name), not \(status.name)" }
        if status == .duplicate { return nil }
        if Int(record.attempts) != attempts {
            return "has \(record.attempts) attempts, not \(attempts)"
        }
        if record.reason != reason || record.code != code {
            return "has reason \(record.reason.label(code: record.code)), not "
                + reason.label(code: code)
        }
        if record.flags.contains(.unsure) != isUnsure {
            return isUnsure ? "is not marked unsure" : "is marked unsure"
        }
        return nil
    }
}
