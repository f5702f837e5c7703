import Engine
import Structures

/// A shard with its thread's loop: when it turns, and what it does after a turn.
final class SimulatedShard {
    unowned let simulation: Simulation
    let process: SimulatedProcess
    let index: Int
    let memory: SimulatedProcess.JournalMemory
    /// What its transport is connected to.
    let peer: WeatherPeer
    private let transport: SimulatedTransport
    let mailbox: SimulatedMailbox
    private var shard: Shard<SimulatedTransport, SimulatedMailbox>
    /// When the next turn is; `Int64.max` for none.
    private var turnNanoseconds = Int64.max
    /// Until when its thread is not run.
    private var stalledUntilNanoseconds: Int64 = 0
    private var turns = 0
    private var wasIdle = false
    /// Turns in a row that changed nothing and asked for another at once.
    private var idleTurns = 0
    private var campaigns: [SimulatedCampaign] = []

    init(
        _ simulation: Simulation, _ process: SimulatedProcess, _ store: SimulatedStore,
        index: Int, boot: (UInt64, UInt64)
    ) {
        self.simulation = simulation
        self.process = process
        self.index = index
        memory = SimulatedProcess.JournalMemory(slots: simulation.scenario.slotsPerShard)
        memory.journal.format(boot: boot)
        peer = WeatherPeer(simulation, process, shard: index)
        transport = SimulatedTransport(peer)
        mailbox = SimulatedMailbox(simulation, process, store, shard: index)
        shard = Shard(
            transport: transport, store: mailbox, journal: memory.journal,
            flightsMax: simulation.scenario.flightsMax,
            generator: SeededGenerator(seed: simulation.generator.next()),
            now: simulation.moment, index: index)
    }

    // MARK: Campaigns

    func add(_ campaign: SimulatedCampaign, _ run: SimulatedCampaign.Run) {
        do {
            try shard.add(
                run.plan, at: run.slot, share: campaign.setup.share,
                counters: run.counters[index])
        } catch {
            simulation.fail("a target cannot be prepared: \(error)")
        }
        campaigns.append(campaign)
        wake()
    }

    /// Leaves the campaigns that are stopped and of which it holds nothing any more.
    private func leaveQuietCampaigns() {
        campaigns.removeAll { campaign in
            guard let run = campaign.run, run.plan.control.isDraining, shard.isQuiet(run.slot)
            else { return false }
            shard.remove(run.slot)
            simulation.left(campaign, shard: index)
            return true
        }
    }

    // MARK: Turns

    /// Lets the shard turn soon: something happened.
    func wake() { schedule(simulation.nowNanoseconds + simulation.drawLag()) }

    /// The time of a flight's end has come.
    func end(_ flight: WireFlight) {
        transport.end(flight)
        wake()
    }

    private func schedule(_ wish: Int64) {
        let nanoseconds = max(wish, stalledUntilNanoseconds)
        guard nanoseconds < turnNanoseconds else { return }
        turnNanoseconds = nanoseconds
        simulation.insert(.turn(self, at: nanoseconds), at: nanoseconds)
    }

    /// Takes a turn, unless it was moved to another time since.
    func turn(scheduledAt nanoseconds: Int64) {
        guard !process.isDead, nanoseconds == turnNanoseconds else { return }
        turnNanoseconds = .max
        let now = simulation.nowNanoseconds
        let effects = process.effects
        let next = shard.turn(simulation.moment)
        guard !process.isDead else { return }
        simulation.checkLimiters()
        leaveQuietCampaigns()
        turns += 1
        let isIdle = effects == process.effects
        // What was forgotten shows best when a shard has just come to rest.
        if isIdle && !wasIdle || turns % SimulationLimits.turnsPerCheck == 0 { checkInvariants() }
        wasIdle = isIdle
        stalledUntilNanoseconds = now + simulation.drawStall()
        var isAtOnce = true
        switch next {
        case .now:
            schedule(now + simulation.generator.draw(1...200) * SimulationLimits.microsecond)
        case .at(let deadline):
            isAtOnce = deadline <= now
            if deadline > now + EngineLimits.idleMilliseconds * SimulationLimits.millisecond {
                simulation.fail("shard \(index) sleeps too long")
            }
            schedule(max(deadline, now + 1) + simulation.drawLag())
        }
        idleTurns = isAtOnce && isIdle ? idleTurns + 1 : 0
        if idleTurns > 100 { simulation.fail("shard \(index) turns and turns, and does nothing") }
    }

    func checkInvariants() {
        if let broken = shard.checkInvariants() { simulation.fail("shard \(index): \(broken)") }
    }
}
