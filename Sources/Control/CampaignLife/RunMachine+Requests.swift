/// What is wanted of a campaign, and what it needs until its status can be written.
extension RunMachine {
    /// Takes a caller's request; a check that only a schedule waits for gives way to it.
    mutating func asked(_ ask: AskNumber, _ wish: RunWish, hasRoom: Bool) {
        let request = Request(purpose: .wish(wish), ask: ask, hasRoom: hasRoom)
        guard !isGone else { return answer(request, .gone) }
        switch takeStep() {
        case .checking: break
        case let other: step = other
        }
        waiting.append(request)
    }

    /// Takes what the server noticed by itself, unless the same is known already.
    mutating func note(_ request: Request) {
        guard !isGone, !waiting.contains(where: { $0.purpose == request.purpose }),
            !isUnderWay(request.purpose)
        else { return }
        waiting.append(request)
    }

    private func isUnderWay(_ purpose: Request.Purpose) -> Bool {
        switch step {
        case .idle: false
        case .checking(_, let request): request.purpose == purpose
        case .halting(let request, _): request.purpose == purpose
        case .resetting(let request, _): request.purpose == purpose
        case .removing(let request, _): request.purpose == purpose
        case .writing(_, let request, _): request.purpose == purpose
        }
    }

    /// Begins the step of a request, or ends the request at once.
    mutating func begin(_ request: Request, _ now: Int64) {
        switch request.purpose {
        case .wish(let wish): begin(wish, request)
        case .dueSchedule(let latest): beginScheduled(request, latest, now)
        case .end:
            guard status.actions.contains(.stop) else { return }
            halt(for: request, to: .stopped)
        case .quota(let number):
            guard status == .running, isRunning(number) else { return }
            halt(for: request, to: .pausedQuota)
        case .destination(let number):
            guard status == .running, isRunning(number) else { return }
            halt(for: request, to: .pausedError)
        case .cannotRun:
            guard status == .running else { return }
            write(.pausedError, .cannotRun, for: request)
        case .completed(let end):
            // Its last requests may have been all that was left of a campaign that was paused.
            guard status == .running || status.actions.contains(.resume) else { return }
            write(end, .completed, for: request)
        case .debt:
            guard let debt else { return }
            write(debt.to, debt.cause, for: request, origin: debt.origin)
        }
    }

    private mutating func begin(_ wish: RunWish, _ request: Request) {
        guard status.actions.contains(wish.action) else {
            return answer(request, .refused(status))
        }
        switch wish {
        case .start, .resume:
            guard request.hasRoom else { return answer(request, .full) }
            write(.running, .asked(wish), for: request)
        case .schedule: write(.scheduled, .asked(wish), for: request)
        case .unschedule: write(.draft, .asked(wish), for: request)
        case .pause: halt(for: request, to: .paused)
        case .stop: halt(for: request, to: .stopped)
        case .retry:
            guard request.hasRoom else { return answer(request, .full) }
            guard let ask = request.ask, parkUnlessOver(request) else { return }
            step = .resetting(request, ask)
            actions.append(.reset(ask))
        case .delete:
            guard let ask = request.ask, parkUnlessOver(request) else { return }
            step = .removing(request, ask)
            actions.append(.remove(ask))
        }
    }

    /// Lets a request wait for the end of a run that is ending.
    ///
    /// - Returns: Whether there is no run, so that the request can go on.
    private mutating func parkUnlessOver(_ request: Request) -> Bool {
        switch takeRun() {
        case .none: return true
        // Nobody waits longer than until it is known whether the file can be closed.
        case .unclosed(let number, let end, _): close(number, end)
        case let other: run = other
        }
        parked.append(request)
        return false
    }

    private func isRunning(_ wanted: RunNumber) -> Bool {
        switch run {
        case .running(let number): number == wanted
        default: false
        }
    }

    // MARK: Schedules

    private mutating func beginScheduled(_ request: Request, _ latest: Int64, _ now: Int64) {
        guard status == .scheduled else { return }
        guard now <= latest else { return write(.draft, .scheduleMissed, for: request) }
        // It is due again at the next look, until it is too late.
        guard request.hasRoom else { return }
        let number = nextStep()
        step = .checking(number, request)
        actions.append(.check(number))
    }

    mutating func checked(_ number: StepNumber, passes: Bool) {
        switch takeStep() {
        case .checking(let mine, let request) where mine == number:
            if passes {
                write(.running, .scheduleCame, for: request)
            } else {
                write(.failed, .launchRefused, for: request)
            }
        case let other: step = other
        }
    }

    // MARK: Retries and removal

    mutating func recordsReset(_ ask: AskNumber, hasPending: Bool) {
        switch takeStep() {
        case .resetting(let request, let mine) where mine == ask:
            guard hasPending else { return answer(request, .nobody) }
            write(.running, .asked(.retry), for: request)
        case let other: step = other
        }
    }

    mutating func resetFailed(_ ask: AskNumber) {
        switch takeStep() {
        case .resetting(let request, let mine) where mine == ask: answer(request, .failed)
        case let other: step = other
        }
    }

    mutating func removed(_ ask: AskNumber) {
        switch takeStep() {
        case .removing(let request, let mine) where mine == ask:
            answer(request, .removed)
            beGone()
        case let other: step = other
        }
    }

    mutating func removalFailed(_ ask: AskNumber) {
        switch takeStep() {
        case .removing(let request, let mine) where mine == ask: answer(request, .failed)
        case let other: step = other
        }
    }
}
