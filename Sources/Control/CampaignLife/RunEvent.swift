/// What a caller can ask of a campaign that changes where it stands.
package enum RunWish: String, CaseIterable, Sendable {
    case start
    case schedule
    case unschedule
    case pause
    case resume
    case stop
    case retry
    case delete

    /// The action of the table of states and actions that allows it.
    package var action: CampaignAction {
        switch self {
        case .start: .start
        case .schedule: .schedule
        case .unschedule: .unschedule
        case .pause: .pause
        case .resume: .resume
        case .stop: .stop
        case .retry: .retryFailed
        case .delete: .delete
        }
    }
}

/// How the engine let go of a run.
package enum RunEnd: Equatable, Sendable {
    /// Every delivery has ended.
    case completed
    /// It was told to stop; what is left is pending.
    case drained
    /// It cannot go on: its records could not be written, or its target cannot be used.
    case failed
}

/// What happened, as a machine is told.
package enum RunEvent: Equatable, Sendable {
    // MARK: From callers, schedules and watchers

    /// A caller asked. With `hasRoom` false, as many campaigns run as may.
    case asked(AskNumber, RunWish, hasRoom: Bool)
    /// The time of its schedule came; later than `latestMilliseconds` it may not start any more.
    case scheduleDue(latestMilliseconds: Int64, hasRoom: Bool)
    /// Its `stop_at` came.
    case endDue
    /// The app's quota was used up while the run wanted more of it.
    case quotaEnded(RunNumber)
    /// The run's destination answered nothing but failures for too long.
    case destinationBroke(RunNumber)
    /// The process began, and the campaign is one that runs.
    case processRestarted
    /// What an earlier process left of it could not be settled.
    case recoveryFailed
    /// The process is about to end.
    case shutdownBegan
    /// Time has passed.
    case ticked

    // MARK: From whoever carried out an action

    case checked(StepNumber, passes: Bool)
    case snapshotMade(RunNumber)
    case opened(RunNumber)
    /// The snapshot could not be made or opened; nothing of the run is left.
    case preparationFailed(RunNumber)
    /// The engine did not take the run, whose file is open.
    case startFailed(RunNumber)
    /// Every shard has passed a turn since it was told to stop.
    case shardsStopped(RunNumber, inFlight: Int)
    /// No shard has anything of the run any more.
    case ended(RunNumber, RunEnd)
    /// The run's file is closed and its figures are written; with the status that its deliveries
    /// add up to when all have ended.
    case closed(RunNumber, completedAs: CampaignStatus?)
    case closeFailed(RunNumber)
    case written(StepNumber)
    case writeFailed(StepNumber)
    /// The row had another status than the change was from, and was not changed; nil when it is
    /// gone.
    case statusFound(StepNumber, CampaignStatus?)
    /// Deliveries were made pending again; `hasPending` when there is anything to send.
    case recordsReset(AskNumber, hasPending: Bool)
    case resetFailed(AskNumber)
    case removed(AskNumber)
    case removalFailed(AskNumber)
}
