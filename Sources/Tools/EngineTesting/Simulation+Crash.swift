import Engine
import Structures

/// The end of a process and the beginning of the next.
extension Simulation {
    /// Settles what the dead process left, as the program does at its start, and goes on.
    func recover() {
        let dead = process!
        let crash = crashes.removeFirst()
        statistics.crashes += 1
        if crash.isPowerLoss {
            statistics.powerLosses += 1
            boot.0 += 1
        }
        loseRequests(of: dead)
        rest(generator.draw(0...3) * SimulationLimits.second / 2)
        let remains = dead.remains
        countDisagreements(remains.dropLast())
        let isTrusted = remains.allSatisfy { $0.journal.isTrusted(boot: boot) }
        for campaign in campaigns {
            let isIncomplete =
                isTrusted && remains.contains { $0.journal.isIncomplete(campaign.id) }
            if !isIncomplete { forget(campaign, isPowerLoss: crash.isPowerLoss) }
            var recovery = PageRecovery(
                campaign: campaign.id, isJournalTrusted: isTrusted)
            for memory in remains where memory.journal.isTrusted(boot: boot) {
                recovery.collect(from: memory.journal)
            }
            settle(campaign, recovery, isIncomplete: isIncomplete)
            campaign.run = nil
        }
        dead.dismantle()
        startProcess(number: dead.number + 1)
        for campaign in campaigns
        where campaign.isStarted && !campaign.isPaused && !campaign.isFinished {
            begin(campaign)
        }
    }

    /// Counts the pages about which the journals of a dead process do not agree with the store.
    private func countDisagreements(_ remains: ArraySlice<SimulatedProcess.JournalMemory>) {
        for campaign in campaigns {
            for page in campaign.pages.indices {
                guard case .claimed(let shard) = campaign.pages[page].state else { continue }
                let id = PageID(PageIndex(UInt32(page)), of: campaign.setup.send)
                var holders: [Int] = []
                for (holder, memory) in remains.enumerated() {
                    for slot in 0..<memory.journal.slotCount {
                        guard let survivor = memory.journal.survivor(in: slot),
                            survivor.campaign == campaign.id
                        else { continue }
                        if survivor.page == id {
                            holders.append(holder)
                        } else if survivor.page.index == id.index {
                            statistics.pagesOfTwoSends += 1
                        }
                    }
                }
                if holders.count > 1 { statistics.pagesHeldTwice += 1 }
                if holders.count == 1 && holders[0] != shard { statistics.pagesHeldStale += 1 }
            }
        }
    }

    /// Of what was on the wire some arrives all the same.
    private func loseRequests(of dead: SimulatedProcess) {
        for shard in dead.shards {
            for id in shard.peer.attempts.keys.sorted(by: { $0.rawValue < $1.rawValue })
            where generator.isOne(in: 2) {
                shard.peer.attempts[id]?.willBeProcessed = false
            }
        }
    }

    /// Moves the models on: what only the dead process knew is gone.
    private func forget(_ campaign: SimulatedCampaign, isPowerLoss: Bool) {
        let guarantee = campaign.setup.guarantee
        for page in campaign.pages.indices {
            guard case .claimed = campaign.pages[page].state else { continue }
            for index in campaign.models[page].indices {
                if isPowerLoss {
                    campaign.models[page][index].lostPower(
                        stored: campaign.pages[page].records?[index] ?? DeliveryRecord(),
                        guarantee)
                } else if campaign.models[page][index].status == .inFlight {
                    campaign.models[page][index].crashed(guarantee)
                }
            }
        }
    }

    /// Settles what a run has left whose store has failed, in the process that goes on.
    func settleUnsettled(_ campaign: SimulatedCampaign, _ plan: SendPlan) {
        let recovery = process.unsettled.recovery(of: plan)
        settle(campaign, recovery, isIncomplete: !recovery.isJournalTrusted)
        process.unsettled.close(plan)
    }

    /// Settles the claimed pages of a campaign and compares them with the models.
    private func settle(
        _ campaign: SimulatedCampaign, _ recovery: PageRecovery, isIncomplete: Bool
    ) {
        if isIncomplete { statistics.incompleteCampaigns += 1 }
        for page in campaign.pages.indices {
            guard case .claimed = campaign.pages[page].state else { continue }
            var records =
                campaign.pages[page].records
                ?? Array(repeating: DeliveryRecord(), count: campaign.models[page].count)
            let settlement = recovery.settle(
                &records, of: PageID(PageIndex(UInt32(page)), of: campaign.setup.send),
                guarantee: campaign.setup.guarantee, wallMilliseconds: moment.wallMilliseconds)
            statistics.unsure += settlement.unsure
            campaign.pages[page].records = records
            campaign.pages[page].state =
                settlement.dueMilliseconds.map { .parked(dueMilliseconds: $0) } ?? .done
            for index in records.indices {
                if isIncomplete { campaign.models[page][index].adopt(records[index]) }
                if let text = campaign.models[page][index].mismatch(with: records[index]) {
                    fail(
                        "when settled: campaign \(campaign.index), page \(page), record "
                            + "\(index) \(text)")
                }
            }
        }
    }
}
