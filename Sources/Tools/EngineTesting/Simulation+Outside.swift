import Engine
import Pacing

/// What people do: start campaigns, pause and resume them, change rates.
extension Simulation {
    enum Stimulus {
        case start(SimulatedCampaign)
        case pause(SimulatedCampaign)
        case resume(SimulatedCampaign)
        case restart(SimulatedCampaign)
        case change(SimulatedCampaign, RateLimit)
        case changeEligibility(SimulatedCampaign)
        case changeInFlight(Int)
        case changeHost(Int, RateLimit)
    }

    /// Puts all that the scenario plans into the queue.
    ///
    /// - Returns: The time of the last.
    func scheduleOutside() -> Int64 {
        let begin = nowNanoseconds
        var last = begin
        func plan(_ stimulus: Stimulus, _ after: Int64) {
            last = max(last, begin + after)
            insert(.outside(stimulus), at: begin + after)
        }
        for campaign in campaigns {
            plan(.start(campaign), campaign.setup.startNanoseconds)
            for pause in campaign.setup.pauses {
                plan(.pause(campaign), pause.lowerBound)
                plan(.resume(campaign), pause.upperBound)
            }
            for change in campaign.setup.changes {
                plan(.change(campaign, change.limit), change.nanoseconds)
            }
            for nanoseconds in campaign.setup.eligibilityChanges {
                plan(.changeEligibility(campaign), nanoseconds)
            }
        }
        for change in scenario.sharedInFlightChanges {
            plan(.changeInFlight(change.limit), change.nanoseconds)
        }
        for setup in scenario.hosts {
            for change in setup.changes {
                plan(.changeHost(setup.host, change.limit), change.nanoseconds)
            }
        }
        return last
    }

    func happen(_ stimulus: Stimulus) {
        switch stimulus {
        case .start(let campaign):
            campaign.isStarted = true
            if !campaign.isPaused { begin(campaign) }
        case .pause(let campaign):
            campaign.isPaused = true
            guard let run = campaign.run else { return }
            statistics.pauses += 1
            run.plan.control.drain()
            process.shards.forEach { $0.wake() }
        case .resume(let campaign):
            campaign.isPaused = false
            if campaign.isStarted, !campaign.isFinished { resume(campaign) }
        case .restart(let campaign):
            if campaign.run == nil, !campaign.isPaused, !campaign.isFinished { begin(campaign) }
        case .change(let campaign, let limit):
            guard let run = campaign.run else { return }
            statistics.rateChanges += 1
            run.limiter.set(limit, nowNanoseconds: nowNanoseconds)
            campaign.run?.bucket.change(limit, nowNanoseconds: nowNanoseconds)
        case .changeEligibility(let campaign):
            changeEligibility(of: campaign)
        case .changeInFlight(let limit):
            process.sharedInFlight.limit = limit
        case .changeHost(let host, let limit):
            process.setHost(host, limit)
        }
    }

    /// Draws anew, for a part of the recipients, whether they may be sent to.
    private func changeEligibility(of campaign: SimulatedCampaign) {
        let each = generator.pick([1, 2, 10])
        for page in campaign.models.indices {
            for index in campaign.models[page].indices where generator.isOne(in: each) {
                let scope = UInt64(campaign.index)
                var id = campaign.recipientID(.init(page: page, index: index))
                let old = campaign.models[page][index].ineligibility
                let new = generator.pick([nil, .suppressed, .noConsent, DeliveryReason.stopped])
                id.withUTF8 { id in
                    let id = UnsafeRawBufferPointer(id)
                    if let old { unsafe eligibility.remove(scope: scope, userID: id, reason: old) }
                    if let new { unsafe eligibility.insert(scope: scope, userID: id, reason: new) }
                }
                campaign.models[page][index].setIneligibility(new)
            }
        }
    }

    /// Runs a campaign in the current process.
    func begin(_ campaign: SimulatedCampaign) {
        let setup = campaign.setup
        let limiter = RateLimiter(setup.limit, nowNanoseconds: nowNanoseconds)
        let plan = SendPlan(
            id: campaign.id, send: setup.send, message: campaign.message,
            target: campaign.target, provider: provider, guarantee: setup.guarantee,
            retries: RetrySchedule(
                attemptsMax: setup.attemptsMax, baseNanoseconds: setup.backoffBaseNanoseconds,
                capNanoseconds: 4 * setup.backoffBaseNanoseconds,
                ceilingNanoseconds: 60 * SimulationLimits.second),
            limiters: LimiterChain([
                .init(.app, process.sharedLimiter, inFlight: process.sharedInFlight),
                .init(.campaign, limiter),
            ]),
            control: SendSwitch(),
            eligibility: EligibilityCheck(table: eligibility, scopes: [UInt64(campaign.index)]),
            hostLimits: process.hostLimits)
        if process.unsettled.isOpen(plan) { settleUnsettled(campaign, plan) }
        let taken = campaigns.compactMap { $0.run?.slot.rawValue }
        let free = (0..<UInt16(campaigns.count + 1)).filter { !taken.contains($0) }
        let run = SimulatedCampaign.Run(
            slot: SendSlot(generator.pick(free)), plan: plan, limiter: limiter,
            bucket: TokenBucketModel(setup.limit, nowNanoseconds: nowNanoseconds),
            counters: process.shards.map { _ in SendCounters() },
            shards: Set(process.shards.indices))
        campaign.run = run
        for shard in process.shards { shard.add(campaign, run) }
    }

    /// Goes on with a campaign that was paused, whether or not its shards have left already.
    private func resume(_ campaign: SimulatedCampaign) {
        guard var run = campaign.run else { return begin(campaign) }
        // Whose store has failed is run again when all shards have left.
        guard run.failure == nil else { return }
        run.plan.control.resume()
        for shard in process.shards where !run.shards.contains(shard.index) {
            run.shards.insert(shard.index)
            run.earlier += run.counters[shard.index].snapshot
            run.counters[shard.index] = SendCounters()
            shard.add(campaign, run)
        }
        campaign.run = run
        process.shards.forEach { $0.wake() }
    }

    func campaign(at slot: SendSlot) -> SimulatedCampaign? {
        campaigns.first { $0.run?.slot == slot }
    }

    /// The store has no page left for a campaign.
    func finished(_ campaign: SimulatedCampaign) {
        campaign.isFinished = true
        campaign.run?.plan.control.drain()
        process.shards.forEach { $0.wake() }
    }

    /// The store of a campaign has failed.
    func storeFailed() {
        statistics.storeFailures += 1
        happened(.failedStore)
        process.shards.forEach { $0.wake() }
    }

    /// A shard holds nothing of a campaign any more.
    func left(_ campaign: SimulatedCampaign, shard: Int) {
        campaign.run?.shards.remove(shard)
        guard let run = campaign.run, run.shards.isEmpty else { return }
        var sum = run.earlier
        for counters in run.counters { sum += counters.snapshot }
        checkCounters(sum, run.expected, campaign)
        campaign.run = nil
        if let failure = run.failure {
            insert(.outside(.restart(campaign)), at: nowNanoseconds + failure.restNanoseconds)
        }
    }
}
