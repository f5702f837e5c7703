import Engine
import Pacing

/// What must hold when all is over.
extension Simulation {
    func checkEnd() {
        for shard in process.shards { shard.checkInvariants() }
        for campaign in campaigns {
            for page in campaign.pages.indices { checkPage(page, campaign) }
        }
    }

    private func checkPage(_ page: Int, _ campaign: SimulatedCampaign) {
        guard campaign.pages[page].state == .done, let records = campaign.pages[page].records
        else { return fail("campaign \(campaign.index): page \(page) is not done") }
        for index in records.indices {
            if let text = check(records[index], &campaign.models[page][index], campaign) {
                fail(
                    "at the end: campaign \(campaign.index), page \(page), record \(index) \(text)")
            }
        }
    }

    private func check(
        _ record: DeliveryRecord, _ model: inout RecipientModel, _ campaign: SimulatedCampaign
    ) -> String? {
        if let text = model.mismatch(with: record) { return text }
        guard record.status.isEnded else { return "has not ended" }
        switch record.status {
        case .sent:
            statistics.sent += 1
            if model.processed == 0 { return "reads sent, and nobody received it" }
        case .failed:
            statistics.failed += 1
            if model.processed > 0 { return "reads failed, and was processed" }
        case .unknown:
            statistics.unknown += 1
            if model.ambiguousAttempts == 0 { return "reads unknown, and nothing is in doubt" }
        case .duplicate:
            if model.processed > 0 { return "is a duplicate, and was processed" }
        case .skipped:
            statistics.skipped += 1
            if model.processed > 0 { return "reads skipped, and was processed" }
        case .pending, .inFlight: return "reads \(record.status.name)"
        }
        if model.processed > 1 { statistics.processedTwice += 1 }
        if campaign.setup.guarantee == .atMostOnce, model.processed > 1 {
            return "was processed \(model.processed) times under at-most-once"
        }
        if model.processed > 1 + model.ambiguousAttempts {
            return "was processed \(model.processed) times with \(model.ambiguousAttempts) in doubt"
        }
        return nil
    }

    /// Between turns nobody holds tokens that were taken and not used.
    func checkLimiters() {
        let now = nowNanoseconds
        if !process.sharedBucket.agrees(with: process.sharedLimiter, nowNanoseconds: now) {
            fail("tokens of the rate of all campaigns were lost")
        }
        if scenario.sharedInFlightMax != InFlightLimit.unlimited,
            process.sharedInFlight.count != process.inFlight()
        {
            fail("places of the bound of all campaigns were lost")
        }
        for host in process.hostBuckets.keys {
            guard let entry = process.hostLimits.entry(url: "http://\(host)/") else { continue }
            if process.hostBuckets[host]?.agrees(with: entry.limiter, nowNanoseconds: now) == false
            {
                fail("tokens of \(host) were lost")
            }
            if entry.inFlight.limit != InFlightLimit.unlimited,
                entry.inFlight.count != process.inFlight(to: host)
            {
                fail("places of \(host) were lost")
            }
        }
        for campaign in campaigns {
            guard let limiter = campaign.run?.limiter else { continue }
            if campaign.run?.bucket.agrees(with: limiter, nowNanoseconds: now) == false {
                fail("tokens of the rate of campaign \(campaign.index) were lost")
            }
        }
    }

    func checkCounters(
        _ counters: SendCounters.Snapshot, _ expected: SendCounters.Snapshot,
        _ campaign: SimulatedCampaign
    ) {
        // A recipient whose URL is none, or who is not eligible, ends without crossing a port: it
        // is in the counter only.
        let isRight =
            counters.sent == expected.sent && counters.unknown >= expected.unknown
            && counters.attempts == expected.attempts && counters.retries == expected.retries
            && counters.failed >= expected.failed && counters.inFlight == 0 && counters.pages == 0
        if !isRight {
            fail("campaign \(campaign.index) counts \(counters), not \(expected)")
        }
    }
}
