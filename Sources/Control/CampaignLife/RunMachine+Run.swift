/// The run: how it begins, how it is stopped, and how it ends.
extension RunMachine {
    // MARK: Beginning

    /// Begins a run of a campaign that the row calls running, or lets one go on that was not wanted
    /// for a while.
    mutating func launchIfWanted() {
        switch takeRun() {
        case .none:
            let number = nextRun()
            run = .preparing(number, isWanted: true)
            actions.append(.prepare(number))
        case .preparing(let number, _): run = .preparing(number, isWanted: true)
        case .opening(let number, _): run = .opening(number, isWanted: true)
        case let other: run = other
        }
    }

    mutating func snapshotMade(_ number: RunNumber) {
        switch takeRun() {
        case .preparing(number, isWanted: true):
            run = .opening(number, isWanted: true)
            actions.append(.open(number))
        case .preparing(number, isWanted: false): over()
        case let other: run = other
        }
    }

    mutating func opened(_ number: RunNumber) {
        switch takeRun() {
        case .opening(number, isWanted: true):
            run = .running(number)
            actions.append(.start(number))
        case .opening(number, isWanted: false): close(number, .drained)
        case let other: run = other
        }
    }

    mutating func preparationFailed(_ number: RunNumber) {
        switch takeRun() {
        case .preparing(number, let isWanted): couldNotBegin(isWanted: isWanted)
        case .opening(number, let isWanted): couldNotBegin(isWanted: isWanted)
        case let other: run = other
        }
    }

    private mutating func couldNotBegin(isWanted: Bool) {
        if isWanted { waiting.insert(Request(purpose: .cannotRun), at: 0) }
        over()
    }

    mutating func startFailed(_ number: RunNumber) {
        switch takeRun() {
        case .running(number): end(number, .failed)
        case .draining(number, _): end(number, .failed)
        case let other: run = other
        }
    }

    // MARK: Stopping

    /// Lets nothing more begin for a request, and writes its status when that is so.
    mutating func halt(for request: Request, to status: CampaignStatus) {
        var inFlight = 0
        switch takeRun() {
        case .none: run = .none
        case .preparing(let number, _): run = .preparing(number, isWanted: false)
        case .opening(let number, _): run = .opening(number, isWanted: false)
        case .running(let number):
            drain(number)
            step = .halting(request, to: status)
            return
        case .draining(let number, let known):
            run = .draining(number, inFlight: known)
            guard let known else {
                step = .halting(request, to: status)
                return
            }
            inFlight = known
        case let other: run = other
        }
        write(status, request.purpose.haltCause, for: request, inFlight: inFlight)
    }

    private mutating func drain(_ number: RunNumber) {
        run = .draining(number, inFlight: nil)
        actions.append(.drain(number))
    }

    /// Stops a run that the row does not want, or that the process has no time for.
    mutating func followStatus() {
        switch takeRun() {
        case .preparing(let number, _): run = .preparing(number, isWanted: false)
        case .opening(let number, _): run = .opening(number, isWanted: false)
        case .running(let number): drain(number)
        case let other: run = other
        }
    }

    mutating func shardsStopped(_ number: RunNumber, _ inFlight: Int) {
        switch takeRun() {
        case .draining(number, nil):
            run = .draining(number, inFlight: inFlight)
            halted(inFlight)
        case let other: run = other
        }
    }

    /// Goes on with a step that waited until nothing could begin.
    private mutating func halted(_ inFlight: Int) {
        switch takeStep() {
        case .halting(let request, let status):
            write(status, request.purpose.haltCause, for: request, inFlight: inFlight)
        case let other: step = other
        }
    }

    // MARK: Ending

    mutating func ended(_ number: RunNumber, _ end: RunEnd) {
        switch takeRun() {
        case .running(number): self.end(number, end)
        case .draining(number, _): self.end(number, end)
        case let other: run = other
        }
    }

    private mutating func end(_ number: RunNumber, _ end: RunEnd) {
        if end == .failed { waiting.insert(Request(purpose: .cannotRun), at: 0) }
        close(number, end)
        halted(0)
    }

    mutating func close(_ number: RunNumber, _ end: RunEnd) {
        run = .closing(number, end)
        actions.append(.close(number, end))
    }

    mutating func closed(_ number: RunNumber, completedAs status: CampaignStatus?) {
        switch takeRun() {
        case .closing(number, _):
            over()
            if let status { waiting.insert(Request(purpose: .completed(status)), at: 0) }
        case let other: run = other
        }
    }

    mutating func closeFailed(_ number: RunNumber, _ now: Int64) {
        switch takeRun() {
        case .closing(number, let end):
            for request in parked { answer(request, .failed) }
            parked = []
            // A process that ends does not wait: its successor settles what is open.
            guard !isEnding else { return over() }
            run = .unclosed(
                number, end, againMilliseconds: now + CampaignLifeLimits.retryMilliseconds)
        case let other: run = other
        }
    }

    /// Begins what waited for the run to be over.
    private mutating func over() {
        run = .none
        waiting.insert(contentsOf: parked, at: 0)
        parked = []
    }
}

extension RunMachine.Request.Purpose {
    /// What a status is changed for by a request that stops the run.
    fileprivate var haltCause: ChangeCause {
        switch self {
        case .wish(let wish): .asked(wish)
        case .end: .endCame
        case .quota: .quotaEnded
        case .destination: .destinationBroken
        case .dueSchedule, .cannotRun, .completed, .debt:
            preconditionFailure("\(self) stops no run")
        }
    }
}
