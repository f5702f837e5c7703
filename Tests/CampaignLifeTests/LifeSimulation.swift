import CampaignLife
import Structures

// Drives the machines as the server does, in random orders that a seed decides.
//
// The simulation is the driver's counterpart: it carries out every action after a random number of
// steps, or lets it fail, and has an engine whose requests stay on the wire for much longer than
// any action takes. Row numbers are used again as SQLite does without AUTOINCREMENT, which is worse
// than what the server does.
//
// What must hold at every step:
// 1. A request begins only of a campaign whose row says running, and none after a pause or a stop
//    was answered until somebody asks for what begins sends.
// 2. Every request of a caller is answered within a bound that does not depend on how long sends
//    take; the removal of an ended campaign and its retry may wait for what is on the wire.
// 3. At the end, when nothing fails any more: what runs has ended or can be resumed and then ends;
//    the engine holds no run, and no machine is left.

/// One random history.
struct LifeSimulation: ~Copyable {
    struct Violation: Error, CustomStringConvertible {
        let description: String
    }

    var random: SeededGenerator
    var step = 0
    var table = CampaignRunTable<Int>()
    var campaigns: [Int: SimulatedCampaign] = [:]
    var runs: [RunNumber: SimulatedRun] = [:]
    var asks: [AskNumber: SimulatedAsk] = [:]
    /// What is under way: carried out at its step, in the order of the steps.
    var tasks: [(at: Int, row: Int, work: Work)] = []
    /// Runs that the engine has.
    var started: Set<RunNumber> = []
    var askCount: UInt64 = 0
    var identities = 0
    /// How often something fails, of 100.
    var faultPercent: Int
    /// The deliveries that began, for the reader of a failure.
    var begun = 0

    static let campaignsMax = 5
    static let requestSteps = 600
    static let delayMax = 12

    enum Work {
        case action(RunAction, identity: Int)
        case receipt(RunNumber)
    }

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        faultPercent = 0
        faultPercent = pick([0, 0, 5, 20, 50])
    }

    mutating func pick<Value>(_ values: [Value]) -> Value {
        values[Int(random.next() % UInt64(values.count))]
    }

    mutating func chance(_ percent: Int) -> Bool { random.next() % 100 < UInt64(percent) }

    var now: Int64 { Int64(step) * 50 }

    // MARK: The history

    /// Plays a history to its end.
    ///
    /// - Throws: `Violation` of what must hold.
    mutating func play() throws(Violation) {
        let length = pick([150, 400, 1_200])
        while step < length {
            try turn()
            if chance(25) { try act() }
            if chance(1), chance(30) { crash() }
        }
        try settleDown()
    }

    /// One step of everything that is under way.
    mutating func turn() throws(Violation) {
        step += 1
        if step % 4 == 0 { try look() }
        while let next = tasks.firstIndex(where: { $0.at <= step }) {
            let task = tasks.remove(at: next)
            switch task.work {
            case .action(let action, let identity): try carryOut(action, task.row, identity)
            case .receipt(let number):
                let inFlight = runs[number]?.onWire.count ?? 0
                try tell(task.row, .shardsStopped(number, inFlight: inFlight))
            }
        }
        try runEngine()
        if let late = asks.values.first(where: { $0.latestStep < step }) {
            throw Violation(
                description: "step \(step): \(late.wish) of campaign \(late.row) has no answer")
        }
    }

    /// Tells a machine what happened, and takes up what it wants.
    mutating func tell(_ row: Int, _ event: RunEvent) throws(Violation) {
        for action in table.take(row, event, nowMilliseconds: now) {
            let identity = campaigns[row]?.identity ?? 0
            switch action {
            case .answer(let ask, let answer): try answered(ask, answer)
            // The driver hands a run to the engine in the turn in which it is told to.
            case .start: try carryOut(action, row, identity)
            case .drain(let number):
                runs[number]?.isDraining = true
                later(row, .receipt(number))
            default: later(row, .action(action, identity: identity))
            }
        }
    }

    mutating func later(_ row: Int, _ work: Work) {
        let delay = 1 + Int(random.next() % UInt64(Self.delayMax))
        // In the order of the steps, and of their coming among those of one step.
        let at = step + delay
        let place = tasks.firstIndex { $0.at > at } ?? tasks.endIndex
        tasks.insert((at, row, work), at: place)
    }

    // MARK: The outside

    /// Something that people do.
    private mutating func act() throws(Violation) {
        guard campaigns.count < Self.campaignsMax || !chance(30) else { return }
        if campaigns.isEmpty || campaigns.count < Self.campaignsMax && chance(20) {
            identities += 1
            let recipients = pick([0, 1, 3, 40, 2_000])
            campaigns[(campaigns.keys.max() ?? 0) + 1] = SimulatedCampaign(
                identity: identities, pending: recipients, recipients: recipients)
            return
        }
        let row = pick(campaigns.keys.sorted())
        let end = now + Int64(random.next() % 4_000)
        if chance(5) { campaigns[row]?.stopAt = end }
        try ask(pick(RunWish.allCases + [.start, .stop, .pause, .resume]), row)
    }

    /// A caller's request.
    mutating func ask(_ wish: RunWish, _ row: Int) throws(Violation) {
        guard let campaign = campaigns[row] else { return }
        table.add(row, status: campaign.status)
        askCount += 1
        let number = AskNumber(askCount)
        let before = asks.values.filter { $0.row == row }.count
        var bound = (before + 3) * Self.delayMax * 4
        if wish == .delete || wish == .retry {
            // These may wait for what is on the wire, when the campaign is or may become one that
            // has ended.
            let isChanging = before > 0 || tasks.contains { $0.row == row }
            if campaign.status.actions.contains(wish.action) || isChanging {
                bound += Self.requestSteps
            }
        }
        asks[number] = SimulatedAsk(
            wish: wish, row: row, identity: campaign.identity, latestStep: step + bound)
        if wish.begins { campaigns[row]?.mustBeQuiet = false }
        let due = now + Int64(random.next() % 3_000)
        if wish == .schedule { campaigns[row]?.scheduledFor = due }
        try tell(row, .asked(number, wish, hasRoom: true))
    }

    private mutating func answered(_ number: AskNumber, _ answer: RunAnswer) throws(Violation) {
        guard let ask = asks.removeValue(forKey: number) else {
            throw Violation(description: "step \(step): a request was answered twice")
        }
        guard case .changed = answer, ask.wish == .pause || ask.wish == .stop,
            campaigns[ask.row]?.identity == ask.identity
        else { return }
        let mayBegin = asks.values.contains { $0.row == ask.row && $0.wish.begins }
        if !mayBegin { campaigns[ask.row]?.mustBeQuiet = true }
    }

    /// The look at times, quotas and destinations, a few times a second.
    private mutating func look() throws(Violation) {
        for row in campaigns.keys.sorted() {
            guard let campaign = campaigns[row] else { continue }
            if campaign.status == .scheduled, campaign.scheduledFor <= now {
                table.add(row, status: campaign.status)
                let latest = campaign.scheduledFor + pick([0, 5_000])
                try tell(row, .scheduleDue(latestMilliseconds: latest, hasRoom: !chance(5)))
            }
            if let end = campaign.stopAt, end <= now, campaign.status.actions.contains(.stop) {
                table.add(row, status: campaign.status)
                try tell(row, .endDue)
            }
        }
        for (number, run) in runs.sorted(by: { $0.value.row < $1.value.row })
        where chance(faultPercent / 10) {
            try tell(run.row, chance(50) ? .quotaEnded(number) : .destinationBroke(number))
        }
        for row in table.rows.sorted() { try tell(row, .ticked) }
    }

    /// The process dies: what is in memory is gone, and a new one begins.
    private mutating func crash() {
        table = CampaignRunTable()
        runs = [:]
        started = []
        asks = [:]
        tasks = []
        for row in campaigns.keys.sorted() {
            guard let campaign = campaigns[row] else { continue }
            let isDamaged = campaign.isOpen && chance(faultPercent / 2)
            if !isDamaged { campaigns[row]?.isOpen = false }
            guard isDamaged || campaign.status == .running else { continue }
            table.add(row, status: campaign.status)
            let events: [RunEvent] =
                isDamaged ? [.recoveryFailed, .processRestarted] : [.processRestarted]
            // A machine that was just made answers nobody.
            for event in events { try? tell(row, event) }
        }
    }
}

extension RunWish {
    /// Whether it may let sends begin.
    var begins: Bool { self == .start || self == .schedule || self == .resume || self == .retry }
}
