/// The machines of all campaigns that something happens to, by their rows.
///
/// A campaign has a machine from the first event on until its row alone says all that there is to
/// say; most campaigns of a server have none.
package struct CampaignRunTable<Row: Hashable & Sendable>: ~Copyable {
    /// Gives a machine, which cannot be copied, a place in a dictionary.
    private final class Entry {
        var machine: RunMachine

        init(status: CampaignStatus, life: UInt64) {
            machine = RunMachine(status: status, life: life)
        }
    }

    private var entries: [Row: Entry] = [:]
    private var lives: UInt64 = 0
    private var isEnding = false

    package init() {}

    /// Whether something is under way of a campaign.
    package func contains(_ row: Row) -> Bool { entries[row] != nil }

    /// Gives a campaign a machine that has none.
    package mutating func add(_ row: Row, status: CampaignStatus) {
        guard entries[row] == nil else { return }
        lives += 1
        let entry = Entry(status: status, life: lives)
        if isEnding {
            _ = entry.machine.take(.shutdownBegan, nowMilliseconds: 0)
        }
        entries[row] = entry
    }

    /// Tells a campaign's machine what happened; without a machine nothing does.
    ///
    /// - Parameters:
    ///   - row: The campaign.
    ///   - event: What happened.
    ///   - now: Unix milliseconds.
    /// - Returns: What is to be done.
    package mutating func take(
        _ row: Row, _ event: RunEvent, nowMilliseconds now: Int64
    ) -> [RunAction] {
        guard let entry = entries[row] else { return [] }
        let actions = entry.machine.take(event, nowMilliseconds: now)
        if entry.machine.isIdle { entries[row] = nil }
        return actions
    }

    /// From now on machines that are made know that the process is about to end.
    package mutating func beginShutdown() { isEnding = true }

    /// Where a campaign stands; nil when it has no machine.
    package func status(of row: Row) -> CampaignStatus? { entries[row]?.machine.status }

    /// The campaigns that something is under way of.
    package var rows: [Row] { Array(entries.keys) }

    /// How many campaigns have a run, in whatever state.
    package var runCount: Int { entries.values.reduce(0) { $0 + ($1.machine.hasRun ? 1 : 0) } }

    /// Whether one more campaign may run.
    package var hasRoom: Bool { runCount < CampaignLifeLimits.runsMax }
}
