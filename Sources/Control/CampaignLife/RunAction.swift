/// What a status is changed for.
package enum ChangeCause: Equatable, Sendable {
    case asked(RunWish)
    case scheduleCame
    /// It was too late to start.
    case scheduleMissed
    /// At the time of its schedule something was missing that a launch needs.
    case launchRefused
    /// Its `stop_at` came.
    case endCame
    case quotaEnded
    case destinationBroken
    /// Its snapshot or its records cannot be used.
    case cannotRun
    /// All its deliveries have ended.
    case completed
}

/// A change of the campaign's row, from the status that the machine believes it has.
package struct StatusChange: Equatable, Sendable {
    package let number: StepNumber
    package let from: CampaignStatus
    package let to: CampaignStatus
    package let cause: ChangeCause
    /// Whose request it was; nil when the server does it by itself.
    ///
    /// It may have been answered with `failed` already, when the change could not be written then.
    package let origin: AskNumber?
}

/// What a caller is told.
package enum RunAnswer: Equatable, Sendable {
    /// The change is written. With how many requests were on the wire when the last shard had
    /// stopped, where it was a pause or a stop.
    case changed(inFlight: Int)
    /// The campaign, its records and its files are removed.
    case removed
    /// The campaign's state does not allow it; nothing was changed.
    case refused(CampaignStatus)
    /// As many campaigns run as may; nothing was changed.
    case full
    /// Nobody is left to send to; nothing was changed.
    case nobody
    /// The campaign is not there any more.
    case gone
    /// What it needed could not be done, for the reason that whoever tried it has.
    case failed
}

/// What a machine wants done.
package enum RunAction: Equatable, Sendable {
    /// Check that the campaign has what a launch needs; answer with `checked`.
    case check(StepNumber)
    /// Make the snapshot unless there is one; answer with `snapshotMade` or `preparationFailed`.
    case prepare(RunNumber)
    /// Settle what is open, and open the snapshot; answer with `opened` or `preparationFailed`.
    case open(RunNumber)
    /// Hand the open run to the engine, at once; say `startFailed` when it does not take it.
    case start(RunNumber)
    /// Let no further request begin; answer with `shardsStopped`.
    case drain(RunNumber)
    /// Let go of the engine's part, close the file, write the figures; answer with `closed` or
    /// `closeFailed`. It may come again after a failure.
    case close(RunNumber, RunEnd)
    /// Change the row, in one transaction with its audit entry and its event; answer with
    /// `written`, `writeFailed` or `statusFound`.
    case write(StatusChange)
    /// Make ended deliveries pending again; answer with `recordsReset` or `resetFailed`.
    case reset(AskNumber)
    /// Remove the row and all that belongs to it; answer with `removed` or `removalFailed`.
    case remove(AskNumber)
    case answer(AskNumber, RunAnswer)
}
