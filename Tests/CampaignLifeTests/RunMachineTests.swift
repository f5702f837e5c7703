import CampaignLife
import Testing

/// The machine by events and actions, one story each.
@Suite struct RunMachineTests {
    private let now: Int64 = 1_000_000
    private let ask = AskNumber(1)

    /// The one writing among actions.
    private func change(_ actions: [RunAction]) throws -> StatusChange {
        let changes = actions.compactMap { action in
            if case .write(let change) = action { change } else { nil }
        }
        return try #require(changes.count == 1 ? changes.first : nil)
    }

    /// The number of the run among actions that prepare one.
    private func prepared(_ actions: [RunAction]) throws -> RunNumber {
        let numbers = actions.compactMap { action in
            if case .prepare(let number) = action { number } else { nil }
        }
        return try #require(numbers.first)
    }

    /// Brings a machine of a running campaign to a run that the engine has.
    private func run(_ machine: inout RunMachine) throws -> RunNumber {
        let number = try prepared(machine.take(.processRestarted, nowMilliseconds: now))
        #expect(
            machine.take(.snapshotMade(number), nowMilliseconds: now) == [.open(number)])
        #expect(machine.take(.opened(number), nowMilliseconds: now) == [.start(number)])
        return number
    }

    @Test func theRemovalOfARunningCampaignIsRefusedAtOnce() throws {
        var machine = RunMachine(status: .running, life: 1)
        _ = try run(&machine)
        let actions = machine.take(.asked(ask, .delete, hasRoom: true), nowMilliseconds: now)
        #expect(actions == [.answer(ask, .refused(.running))])
    }

    @Test func aStopThatComesWhileTheSnapshotIsMadeKeepsTheRunFromStarting() throws {
        var machine = RunMachine(status: .running, life: 1)
        let number = try prepared(machine.take(.processRestarted, nowMilliseconds: now))
        let stop = try change(
            machine.take(.asked(ask, .stop, hasRoom: true), nowMilliseconds: now))
        // The snapshot is ready before the stop is written.
        #expect(machine.take(.snapshotMade(number), nowMilliseconds: now) == [])
        let answered = machine.take(.written(stop.number), nowMilliseconds: now)
        #expect(answered == [.answer(ask, .changed(inFlight: 0))])
        let isIdle = machine.isIdle
        #expect(isIdle)
    }

    @Test func aStopGoesBeforeTheCheckOfAScheduleThatIsDue() throws {
        var machine = RunMachine(status: .scheduled, life: 1)
        let due = machine.take(
            .scheduleDue(latestMilliseconds: now + 1, hasRoom: true), nowMilliseconds: now)
        guard case .check(let check) = due.first else {
            Issue.record("\(due)")
            return
        }
        let stop = try change(
            machine.take(.asked(ask, .stop, hasRoom: true), nowMilliseconds: now))
        #expect(stop.to == .stopped)
        #expect(machine.take(.checked(check, passes: true), nowMilliseconds: now) == [])
        _ = machine.take(.written(stop.number), nowMilliseconds: now)
        #expect(machine.status == .stopped)
        let isIdle = machine.isIdle
        #expect(isIdle)
    }

    @Test func aScheduleThatIsTooLateMakesADraftAgain() throws {
        var machine = RunMachine(status: .scheduled, life: 1)
        let change = try change(
            machine.take(
                .scheduleDue(latestMilliseconds: now - 1, hasRoom: true), nowMilliseconds: now))
        #expect(change.to == .draft)
        #expect(change.cause == .scheduleMissed)
    }

    @Test func aPauseThatCannotBeWrittenIsInForceAndWrittenLater() throws {
        var machine = RunMachine(status: .running, life: 1)
        let number = try run(&machine)
        let pause = machine.take(.asked(ask, .pause, hasRoom: true), nowMilliseconds: now)
        #expect(pause == [.drain(number)])
        let first = try change(
            machine.take(.shardsStopped(number, inFlight: 3), nowMilliseconds: now))
        let failed = machine.take(.writeFailed(first.number), nowMilliseconds: now)
        #expect(failed == [.answer(ask, .failed)])
        #expect(machine.take(.ticked, nowMilliseconds: now) == [])
        let later = now + CampaignLifeLimits.retryMilliseconds
        let second = try change(machine.take(.ticked, nowMilliseconds: later))
        #expect(second.to == .paused)
        #expect(second.origin == ask)
        #expect(machine.take(.written(second.number), nowMilliseconds: later) == [])
        #expect(machine.status == .paused)
    }

    @Test func aResumeDoesNotWaitForTheLastRequests() throws {
        var machine = RunMachine(status: .running, life: 1)
        let number = try run(&machine)
        _ = machine.take(.asked(ask, .pause, hasRoom: true), nowMilliseconds: now)
        let pause = try change(
            machine.take(.shardsStopped(number, inFlight: 3), nowMilliseconds: now))
        _ = machine.take(.written(pause.number), nowMilliseconds: now)
        let again = AskNumber(2)
        let resume = try change(
            machine.take(.asked(again, .resume, hasRoom: true), nowMilliseconds: now))
        let answered = machine.take(.written(resume.number), nowMilliseconds: now)
        #expect(answered == [.answer(again, .changed(inFlight: 0))])
        // The next run begins when the last one is over.
        #expect(
            machine.take(.ended(number, .drained), nowMilliseconds: now)
                == [.close(number, .drained)])
        let next = try prepared(
            machine.take(.closed(number, completedAs: nil), nowMilliseconds: now))
        #expect(next != number)
    }

    @Test func aRunWhoseStoreFailedIsClosedAndItsCampaignCanBeResumed() throws {
        var machine = RunMachine(status: .running, life: 1)
        let number = try run(&machine)
        let actions = machine.take(.ended(number, .failed), nowMilliseconds: now)
        #expect(actions.contains(.close(number, .failed)))
        let pause = try change(actions)
        #expect(pause.to == .pausedError)
        _ = machine.take(.written(pause.number), nowMilliseconds: now)
        _ = machine.take(.closed(number, completedAs: nil), nowMilliseconds: now)
        let isIdle = machine.isIdle
        #expect(isIdle)
        let resume = try change(
            machine.take(.asked(ask, .resume, hasRoom: true), nowMilliseconds: now))
        #expect(resume.to == .running)
    }

    @Test func aRowThatHasAnotherStatusIsLookedAtAgain() throws {
        var machine = RunMachine(status: .draft, life: 1)
        let start = try change(
            machine.take(.asked(ask, .start, hasRoom: true), nowMilliseconds: now))
        let actions = machine.take(.statusFound(start.number, .stopped), nowMilliseconds: now)
        #expect(actions == [.answer(ask, .refused(.stopped))])
    }

    @Test func aProcessThatEndsLaunchesNothingAndLeavesTheStatus() throws {
        var machine = RunMachine(status: .running, life: 1)
        let number = try run(&machine)
        #expect(machine.take(.shutdownBegan, nowMilliseconds: now) == [.drain(number)])
        _ = machine.take(.ended(number, .drained), nowMilliseconds: now)
        #expect(machine.take(.closed(number, completedAs: nil), nowMilliseconds: now) == [])
        #expect(machine.status == .running)
        let isIdle = machine.isIdle
        #expect(isIdle)
    }

    @Test func whatIsHeardOfAnotherRunChangesNothing() throws {
        var old = RunMachine(status: .running, life: 1)
        let stranger = try run(&old)
        var machine = RunMachine(status: .running, life: 2)
        let number = try run(&machine)
        for event in [
            RunEvent.ended(stranger, .completed), .shardsStopped(stranger, inFlight: 1),
            .quotaEnded(stranger), .closed(stranger, completedAs: .completed),
        ] { #expect(machine.take(event, nowMilliseconds: now) == []) }
        #expect(
            machine.take(.asked(ask, .pause, hasRoom: true), nowMilliseconds: now)
                == [.drain(number)])
    }
}
