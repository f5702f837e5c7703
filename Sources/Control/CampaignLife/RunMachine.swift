// The life of a campaign's runs, as a value without I/O.
//
// Callers, schedules, quotas and watchers only tell the machine what happened; it answers with what
// is to be done. Two things move: the status of the campaign's row, one *step* at a time, and the
// *run* in this process.
//
// The run:
//
//      none ──launchIfWanted──▶ preparing ──snapshotMade──▶ opening ──opened──▶ running
//       ▲                           │                          │                  │ halt,
//       │◀────preparationFailed─────┴──────────────────────────┤                  │ followStatus
//       │◀────snapshotMade, no longer wanted                   │ opened,          ▼
//       │                                                      │ not wanted    draining
//       │                              startFailed, ended ─────┴──┐               │ ended
//       │                                                         ▼               ▼
//       └────────────closed──────────────────────────────────── closing ◀─────────┘
//                                                     closeFailed │ ▲ ticked, begin(delete)
//                                                                 ▼ │
//                                                               unclosed
//
// The step:
//
//      idle ──begin──▶ checking ──checked──▶ writing ──written──▶ idle
//       │  ├─────────▶ halting ──shardsStopped, ended──▶ writing ──writeFailed, statusFound──▶ idle
//       │  ├─────────▶ resetting ──recordsReset──▶ writing
//       │  ├─────────▶ removing ──removed──▶ idle, and the campaign is gone
//       │  └─────────▶ writing
//       └── requests wait in `waiting`, and those that need the run to be over in `parked`
//
// Invariants:
// 1. `start` is wanted only in `opened`, of a run that is wanted; a run becomes wanted only when no
//    step is under way, the row says running and no other status is owed to it.
// 2. A pause or a stop is answered after its step: no request can begin, and the row is written.
// 3. No step waits for the end of a run, so every step ends in a bounded number of turns of others.
// 4. A change that only says what is so already (the run was stopped, it ended) is owed to the row
//    until it is written; one that would begin something is not.
// 5. Every run that was opened is closed, in one place, before the next one is prepared.

/// The life of one campaign: its status, its run in this process, and the requests about it.
package struct RunMachine: ~Copyable {
    /// Where the run is.
    enum Run: ~Copyable {
        case none
        /// The snapshot is made; it is not opened unless it is wanted when that has ended.
        case preparing(RunNumber, isWanted: Bool)
        /// The file is opened; the engine gets it only when it is wanted then.
        case opening(RunNumber, isWanted: Bool)
        case running(RunNumber)
        /// Told to stop; `inFlight` is nil until every shard has passed a turn since.
        case draining(RunNumber, inFlight: Int?)
        case closing(RunNumber, RunEnd)
        /// It could not be closed, and is closed again at a time.
        case unclosed(RunNumber, RunEnd, againMilliseconds: Int64)
    }

    /// The one request that is being worked on.
    enum Step: ~Copyable {
        case idle
        case checking(StepNumber, Request)
        case halting(Request, to: CampaignStatus)
        case resetting(Request, AskNumber)
        case removing(Request, AskNumber)
        case writing(StatusChange, Request, inFlight: Int)
    }

    /// What somebody wants of the campaign.
    struct Request: Equatable {
        enum Purpose: Equatable {
            case wish(RunWish)
            case dueSchedule(latestMilliseconds: Int64)
            case end
            case quota(RunNumber)
            case destination(RunNumber)
            case cannotRun
            case completed(CampaignStatus)
            /// To write what is owed.
            case debt
        }

        var purpose: Purpose
        var ask: AskNumber?
        var hasRoom = true
    }

    /// A change that the row does not have yet although it is so.
    struct Debt: Equatable {
        var to: CampaignStatus
        var cause: ChangeCause
        /// Whose request it was.
        var origin: AskNumber?
        var againMilliseconds: Int64
    }

    /// Where the campaign's row stands, as it was last read or written here.
    package private(set) var status: CampaignStatus
    var run: Run = .none
    var step: Step = .idle
    /// Requests in the order in which they are begun.
    var waiting: [Request] = []
    /// Requests that wait for the run to be over.
    var parked: [Request] = []
    var debt: Debt?
    /// The process is about to end: nothing is launched.
    var isEnding = false
    /// The row is not there any more.
    var isGone = false
    /// What is to be done, collected by the event that is worked on.
    var actions: [RunAction] = []
    let life: UInt64
    private var runs: UInt64 = 0
    private var steps: UInt64 = 0

    /// Begins the life of a campaign in this process, without a run.
    ///
    /// - Parameters:
    ///   - status: What its row says.
    ///   - life: Tells its numbers from those of every other machine of the process.
    package init(status: CampaignStatus, life: UInt64) {
        self.status = status
        self.life = life
    }

    /// Whether nothing is under way and nothing owed, so that the row alone says all.
    package var isIdle: Bool {
        isBetweenSteps && !hasRun && waiting.isEmpty && parked.isEmpty && debt == nil
    }

    /// Whether there is a run, in whatever state.
    package var hasRun: Bool {
        switch run {
        case .none: false
        default: true
        }
    }

    private var isBetweenSteps: Bool {
        switch step {
        case .idle: true
        default: false
        }
    }

    /// Takes what happened, and says what is to be done, in that order.
    ///
    /// - Parameters:
    ///   - event: What happened; what is heard of another run or step than the present ones changes
    ///     nothing.
    ///   - now: Unix milliseconds.
    /// - Returns: What is to be done.
    package mutating func take(_ event: RunEvent, nowMilliseconds now: Int64) -> [RunAction] {
        switch event {
        case .asked(let ask, let wish, let hasRoom): asked(ask, wish, hasRoom: hasRoom)
        case .scheduleDue(let latest, let hasRoom):
            note(Request(purpose: .dueSchedule(latestMilliseconds: latest), hasRoom: hasRoom))
        case .endDue: note(Request(purpose: .end))
        case .quotaEnded(let number): note(Request(purpose: .quota(number)))
        case .destinationBroke(let number): note(Request(purpose: .destination(number)))
        case .processRestarted: break
        case .recoveryFailed: note(Request(purpose: .cannotRun))
        case .shutdownBegan: isEnding = true
        case .ticked: ticked(now)
        case .checked(let number, let passes): checked(number, passes: passes)
        case .snapshotMade(let number): snapshotMade(number)
        case .opened(let number): opened(number)
        case .preparationFailed(let number): preparationFailed(number)
        case .startFailed(let number): startFailed(number)
        case .shardsStopped(let number, let inFlight): shardsStopped(number, inFlight)
        case .ended(let number, let end): ended(number, end)
        case .closed(let number, let status): closed(number, completedAs: status)
        case .closeFailed(let number): closeFailed(number, now)
        case .written(let number): written(number)
        case .writeFailed(let number): writeFailed(number, now)
        case .statusFound(let number, let found): statusFound(number, found)
        case .recordsReset(let ask, let hasPending): recordsReset(ask, hasPending: hasPending)
        case .resetFailed(let ask): resetFailed(ask)
        case .removed(let ask): removed(ask)
        case .removalFailed(let ask): removalFailed(ask)
        }
        advance(now)
        defer { actions = [] }
        return actions
    }

    /// Begins requests until one takes time, then lets the run follow the status.
    private mutating func advance(_ now: Int64) {
        while isBetweenSteps, !waiting.isEmpty { begin(waiting.removeFirst(), now) }
        guard isBetweenSteps else { return }
        if status == .running, debt == nil, !isEnding, !isGone {
            launchIfWanted()
        } else {
            followStatus()
        }
    }

    // MARK: Steps

    /// Writes a status, as the end of the step of a request.
    mutating func write(
        _ to: CampaignStatus, _ cause: ChangeCause, for request: Request, inFlight: Int = 0,
        origin: AskNumber? = nil
    ) {
        let change = StatusChange(
            number: nextStep(), from: status, to: to, cause: cause, origin: origin ?? request.ask)
        step = .writing(change, request, inFlight: inFlight)
        actions.append(.write(change))
    }

    mutating func nextStep() -> StepNumber {
        steps += 1
        return StepNumber(life: life, count: steps)
    }

    mutating func nextRun() -> RunNumber {
        runs += 1
        return RunNumber(life: life, count: runs)
    }

    /// Takes the step out, and leaves none; whoever takes it puts one back.
    mutating func takeStep() -> Step {
        var taken = Step.idle
        swap(&taken, &step)
        return taken
    }

    /// Takes the run out, and leaves none; whoever takes it puts one back.
    mutating func takeRun() -> Run {
        var taken = Run.none
        swap(&taken, &run)
        return taken
    }

    private mutating func written(_ number: StepNumber) {
        switch takeStep() {
        case .writing(let change, let request, let inFlight) where change.number == number:
            status = change.to
            debt = nil
            answer(request, .changed(inFlight: inFlight))
        case let other: step = other
        }
    }

    private mutating func writeFailed(_ number: StepNumber, _ now: Int64) {
        switch takeStep() {
        case .writing(let change, let request, _) where change.number == number:
            answer(request, .failed)
            guard change.cause.isOwed else { return }
            debt = Debt(
                to: change.to, cause: change.cause, origin: change.origin,
                againMilliseconds: now + CampaignLifeLimits.retryMilliseconds)
        case let other: step = other
        }
    }

    /// Begins the request anew that met another status than was known, or tells that all is gone.
    private mutating func statusFound(_ number: StepNumber, _ found: CampaignStatus?) {
        switch takeStep() {
        case .writing(let change, let request, _) where change.number == number:
            guard let found else {
                answer(request, .gone)
                return beGone()
            }
            status = found
            // What is owed was owed to a status that the row does not have any more.
            debt = nil
            waiting.insert(request, at: 0)
        case let other: step = other
        }
    }

    mutating func answer(_ request: Request, _ answer: RunAnswer) {
        guard let ask = request.ask else { return }
        actions.append(.answer(ask, answer))
    }

    /// The row is not there any more: everybody who waits is told.
    mutating func beGone() {
        isGone = true
        debt = nil
        for request in waiting + parked { answer(request, .gone) }
        waiting = []
        parked = []
    }

    // MARK: Time

    private mutating func ticked(_ now: Int64) {
        if let debt, debt.againMilliseconds <= now { note(Request(purpose: .debt)) }
        switch takeRun() {
        case .unclosed(let number, let end, let again) where again <= now: close(number, end)
        case let other: run = other
        }
    }
}

extension ChangeCause {
    /// Whether the change says what is so already, so that it is written later if it cannot be now.
    fileprivate var isOwed: Bool {
        switch self {
        case .asked(.pause), .asked(.stop), .endCame, .quotaEnded, .destinationBroken, .cannotRun,
            .completed:
            true
        case .asked, .scheduleCame, .scheduleMissed, .launchRefused: false
        }
    }
}
