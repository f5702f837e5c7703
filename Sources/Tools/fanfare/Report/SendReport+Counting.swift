import Engine
import Histogram
import Runtime
import SendPlans
import Storage

extension SendReport {
    /// Counts the records of a campaign, and adds what the run took.
    ///
    /// - Parameters:
    ///   - campaign: The campaign, in this process's hands.
    ///   - end: How the run ended.
    ///   - figures: What the shards did in this run.
    ///   - unsure: Requests that an earlier process left on the wire.
    ///   - started: The process's usage before the run.
    /// - Throws: `CommandFailure` when the records cannot be read or do not add up.
    init(
        campaign: LocalCampaign, end: CampaignHandle.End, figures: SendCounters.Snapshot,
        unsure: Int, started: ResourceUsage
    ) throws {
        let finished = ResourceUsage.now
        let accounting = try campaign.accounting()
        if let problem = accounting.problems.first {
            throw CommandFailure.other("the account does not close: \(problem)")
        }
        let usage = campaign.importUsage
        let importSeconds = usage?.seconds ?? 0
        let sendSeconds = finished.monotonicSeconds - started.monotonicSeconds
        let sends = figures.attempts
        let cpuSeconds = ResourceUsage.now.cpuSeconds
        self.init(
            campaign: campaign.id.description, state: campaign.directory.path,
            end: accounting.pending == 0 ? "completed" : "interrupted",
            guarantee: campaign.document.guarantee, recipients: UInt64(accounting.total),
            sent: UInt64(accounting.sent), failed: UInt64(accounting.failed),
            skipped: UInt64(accounting.skipped), unknown: UInt64(accounting.unknown),
            pending: UInt64(accounting.pending), duplicates: UInt64(accounting.duplicates),
            rejected: UInt64(campaign.database.campaign.counts.rejected),
            attempts: UInt64(accounting.attempts), failures: Self.failures(accounting),
            latencyMicroseconds: try Self.latency(campaign.database), sends: sends,
            unsure: unsure, durationSeconds: importSeconds + sendSeconds,
            importSeconds: importSeconds, importCpuSeconds: usage?.cpuSeconds ?? 0,
            sendSeconds: sendSeconds,
            sendsPerSecond: sendSeconds > 0 ? Double(sends) / sendSeconds : 0,
            cpuSeconds: cpuSeconds,
            cpuMicrosecondsPerSend: sends > 0 ? cpuSeconds * 1e6 / Double(sends) : 0,
            maxRssBytes: finished.maxRSSBytes)
    }

    private static func failures(_ accounting: Accounting) -> [String: UInt64] {
        var failures: [String: UInt64] = [:]
        for (outcome, count) in accounting.tally.counts {
            switch outcome.status {
            case .failed, .skipped, .unknown:
                failures[outcome.reason.label(code: outcome.code), default: 0] += UInt64(count)
            case .pending, .inFlight, .sent, .duplicate: continue
            }
        }
        return failures
    }

    /// The latency of each recipient's last attempt, from the records.
    private static func latency(_ database: CampaignDatabase) throws -> Latency {
        var histogram = Histogram<UInt64>(
            highestTrackableValue: UInt64(UInt32.max), numberOfSignificantValueDigits: .three)
        do {
            try database.forEachPage(includingRecipients: false) { page in
                guard let records = unsafe page.records else { return }
                for index in records.indices {
                    let microseconds = unsafe records[index].latencyMicroseconds
                    if microseconds > 0 { histogram.record(UInt64(microseconds)) }
                }
            }
        } catch {
            throw CommandFailure.other("\(error)")
        }
        guard histogram.totalCount > 0 else {
            return Latency(p50: 0, p90: 0, p99: 0, p999: 0, max: 0, mean: 0)
        }
        return Latency(
            p50: histogram.valueAtPercentile(50), p90: histogram.valueAtPercentile(90),
            p99: histogram.valueAtPercentile(99), p999: histogram.valueAtPercentile(99.9),
            max: histogram.max, mean: histogram.mean)
    }
}
