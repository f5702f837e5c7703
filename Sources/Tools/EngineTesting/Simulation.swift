// A seeded simulation of the dispatcher with everything around it.
//
// One generator decides all: the campaigns, the weather, when a store answers, when a process dies.
// So a seed is a run, and a run that fails can be looked at again and again.
//
// The real parts are the engine's: shards, journals, limiters, recovery, page format, templates.
// The simulated ones are the clock (a queue of events), the transport with the providers behind it,
// the store, the threads (turns at drawn times) and the process (it can die between any two calls
// of its ports).
//
// Beside the engine a model of every recipient is kept (`RecipientModel`), moved on by what crosses
// the ports. What is checked, and where:
//
// 1. Nobody is lost: at the end every page is done and every record is what the model says
//    (`checkEnd`); at each commit and after each recovery too (`SimulatedMailbox`, `recover`).
// 2. Who reads "sent" was processed by the receiver; who reads "failed" was not (`checkEnd`).
// 3. The receiver processes nobody more often than once plus the attempts that ended in doubt, at
//    most once under at-most-once (`checkEnd`); nothing starts that the model does not say is due
//    (`admit`).
// 4. Limits: a token bucket per limiter never goes below zero (`admit`), and requests on the wire
//    stay within every share (`WeatherPeer`).
// 5. Pages close and campaigns end: within bounded virtual time and events (`run`).
// 6. Nothing is sent to a recipient who is not eligible at that moment, or whom the store's
//    allowance does not cover (`admit`).
// 7. Retry-After and attempts (`admit`), stops (`WeatherPeer`), records untouched between
//    commit and answer (`SimulatedMailbox`), request bytes untouched while on the wire
//    (`SimulatedTransport`).
// 8. The shard's own invariants, every few turns (`SimulatedShard`).
//
// A campaign may have several sends, each with pages, records and a run of its own and in the code
// below a `SimulatedCampaign` of its own. They share the campaign's identity and the numbers of its
// recipients, so that 1 to 3 hold for each recipient and send only if keys, journals and recovery
// tell the sends apart.

import Engine
import Structures

/// One run of the dispatcher in a simulated world.
package final class Simulation {
    /// What can happen next.
    enum Event {
        case turn(SimulatedShard, at: Int64)
        case end(WireFlight, WeatherPeer)
        case receipt(WireAttempt)
        case storeWork(SimulatedStore)
        case storeAnswer(SimulatedMailbox, StoreEvent)
        case outside(Stimulus)
    }

    let scenario: Scenario
    let provider = SimulatedProvider()
    var generator: SeededGenerator
    private(set) var nowNanoseconds: Int64
    /// What the wall clock is ahead of the monotonic one; not a whole number of milliseconds.
    private let wallOffsetNanoseconds: Int64
    private var events = EventTimeline<Event>()
    private(set) var campaigns: [SimulatedCampaign] = []
    var process: SimulatedProcess!
    /// Who may not be sent to; the scope is the campaign.
    let eligibility = EligibilityTable(capacityMin: 1)
    /// Changes when the machine starts anew.
    var boot: (UInt64, UInt64) = (1, 1)

    /// The crashes that are still to come; the first of them after `stepsLeft` steps.
    var crashes: ArraySlice<Scenario.Crash>
    private var stepsLeft = Int.max
    /// What the steps to the next crash wait for.
    private var trigger: Scenario.Trigger?
    private(set) var failure: String?
    /// What has happened in the run so far.
    package internal(set) var statistics = Statistics()
    /// The campaign of each request, in the order of their starts.
    package internal(set) var starts: [Int] = []

    /// Prepares a run; nothing has happened yet.
    package init(_ scenario: Scenario) {
        self.scenario = scenario
        generator = scenario.generator
        nowNanoseconds =
            generator.draw(1...1_000_000) * SimulationLimits.millisecond
            + generator.draw(0...999_999)
        wallOffsetNanoseconds =
            1_750_000_000 * SimulationLimits.second + generator.draw(0...999_999)
        crashes = scenario.crashes[...]
        for (index, setup) in scenario.campaigns.enumerated() {
            let first = setup.campaign.map { campaigns[$0] }
            campaigns.append(
                SimulatedCampaign(
                    setup, index: index,
                    timeoutMilliseconds: scenario.weather.timeoutMilliseconds,
                    sendOf: first, using: &generator))
        }
    }

    /// Plays the scenario to its end.
    ///
    /// - Throws: `SimulationFailure` with the first property that did not hold.
    package func run() throws(SimulationFailure) {
        startProcess(number: 0)
        let lastOutside = scheduleOutside()
        var eventCount = 0
        while failure == nil, !campaigns.allSatisfy(\.isOver) {
            guard let next = events.popFirst() else {
                fail("nothing is left to happen, and not every campaign has ended")
                break
            }
            nowNanoseconds = max(nowNanoseconds, next.nanoseconds)
            handle(next.event)
            if process.isDead { recover() }
            eventCount += 1
            if eventCount > SimulationLimits.eventsMax { fail("the run does not end") }
            if nowNanoseconds > lastOutside + SimulationLimits.quietNanosecondsMax {
                fail("the run is stuck")
            }
        }
        if failure == nil { finishReceipts() }
        if failure == nil { checkEnd() }
        process.dismantle()
        if let failure { throw report(failure) }
    }

    /// Notes the first property that does not hold.
    func fail(_ message: String) {
        if failure == nil { failure = message }
    }

    // MARK: Time

    /// The two clocks.
    var moment: Moment {
        Moment(
            monotonicNanoseconds: nowNanoseconds,
            wallMilliseconds: (nowNanoseconds + wallOffsetNanoseconds)
                / SimulationLimits.millisecond)
    }

    func insert(_ event: Event, at nanoseconds: Int64) { events.insert(event, at: nanoseconds) }

    /// The time from an event to the turn that sees it.
    func drawLag() -> Int64 {
        if generator.isOne(in: 8) { return generator.draw(0...scenario.lagNanosecondsMax) }
        return generator.draw(0...20) * SimulationLimits.microsecond
    }

    /// For how long a shard's thread is not run after a turn: mostly not at all.
    func drawStall() -> Int64 {
        guard scenario.stallNanosecondsMax > 0, generator.isOne(in: scenario.turnsPerStall)
        else { return 0 }
        return generator.draw(0...scenario.stallNanosecondsMax)
    }

    func drawStoreDelay() -> Int64 { generator.draw(1...scenario.storeNanosecondsMax) }

    func drawAnswerDelay() -> Int64 { generator.draw(1...scenario.answerNanosecondsMax) }

    /// Lets time pass in which nothing happens.
    func rest(_ nanoseconds: Int64) { nowNanoseconds += nanoseconds }

    // MARK: Events

    private func handle(_ event: Event) {
        switch event {
        case .turn(let shard, let nanoseconds):
            shard.turn(scheduledAt: nanoseconds)
        case .end(let flight, let peer):
            guard !peer.process.isDead else { return }
            process.shards[peer.shard].end(flight)
        case .receipt(let attempt): received(attempt)
        case .storeWork(let store):
            guard !store.process.isDead else { return }
            store.work()
        case .storeAnswer(let mailbox, let answer): mailbox.receive(answer)
        case .outside(let stimulus): happen(stimulus)
        }
    }

    /// What was on its way when the last campaign ended still arrives.
    private func finishReceipts() {
        while let next = events.popFirst() {
            if case .receipt(let attempt) = next.event { received(attempt) }
        }
    }

    /// A step of the process, before which or after which it may die.
    ///
    /// - Returns: Whether it is alive.
    func step(_ process: SimulatedProcess) -> Bool {
        guard !process.isDead else { return false }
        statistics.steps += 1
        guard trigger == nil else { return true }
        stepsLeft -= 1
        guard stepsLeft <= 0 else { return true }
        process.die()
        return false
    }

    /// Begins to count the steps to the next crash if that is what they wait for.
    func happened(_ trigger: Scenario.Trigger) {
        if self.trigger == trigger { self.trigger = nil }
    }

    /// Begins a life of the program.
    func startProcess(number: Int) {
        stepsLeft = crashes.first?.steps ?? .max
        trigger = crashes.first?.trigger
        happened(.start)
        process = SimulatedProcess(self, number: number, boot: boot)
    }
}
