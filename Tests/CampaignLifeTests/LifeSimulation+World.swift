import CampaignLife

/// What the machines' actions do to the simulated database, disk and engine.
extension LifeSimulation {
    /// Carries out an action, or fails to.
    mutating func carryOut(
        _ action: RunAction, _ row: Int, _ identity: Int
    ) throws(Violation) {
        let fails = chance(faultPercent)
        switch action {
        case .check(let number): try tell(row, .checked(number, passes: !fails))
        case .prepare(let number):
            guard !fails, campaigns[row]?.identity == identity else {
                return try tell(row, .preparationFailed(number))
            }
            campaigns[row]?.hasSnapshot = true
            try tell(row, .snapshotMade(number))
        case .open(let number):
            guard !fails, let campaign = campaigns[row], campaign.hasSnapshot else {
                return try tell(row, .preparationFailed(number))
            }
            campaigns[row]?.isOpen = true
            runs[number] = SimulatedRun(row: row, identity: identity, pending: campaign.pending)
            try tell(row, .opened(number))
        case .start(let number):
            guard runs[number] != nil else {
                throw Violation(description: "step \(step): a run started that is not open")
            }
            guard !fails else { return try tell(row, .startFailed(number)) }
            started.insert(number)
        case .close(let number, let end): try close(number, end, row, fails: fails)
        case .write(let change): try write(change, row, identity, fails: fails)
        case .reset(let ask): try reset(ask, row, fails: fails)
        case .remove(let ask):
            guard !fails else { return try tell(row, .removalFailed(ask)) }
            if runs.values.contains(where: { $0.identity == identity }) {
                throw Violation(description: "step \(step): a campaign was removed that has a run")
            }
            campaigns[row] = nil
            try tell(row, .removed(ask))
        case .drain, .answer: preconditionFailure("done when it is told")
        }
    }

    private mutating func write(
        _ change: StatusChange, _ row: Int, _ identity: Int, fails: Bool
    ) throws(Violation) {
        guard let campaign = campaigns[row], campaign.identity == identity else {
            return try tell(row, .statusFound(change.number, nil))
        }
        guard campaign.status == change.from else {
            return try tell(row, .statusFound(change.number, campaign.status))
        }
        guard !fails else { return try tell(row, .writeFailed(change.number)) }
        campaigns[row]?.status = change.to
        if change.to == .running, change.cause == .asked(.retry) { campaigns[row]?.stopAt = nil }
        try tell(row, .written(change.number))
    }

    private mutating func close(
        _ number: RunNumber, _ end: RunEnd, _ row: Int, fails: Bool
    ) throws(Violation) {
        guard !fails else { return try tell(row, .closeFailed(number)) }
        guard let run = runs.removeValue(forKey: number) else {
            throw Violation(description: "step \(step): a run was closed that is not open")
        }
        started.remove(number)
        campaigns[row]?.pending = run.pending
        campaigns[row]?.isOpen = false
        let isCompleted = end == .completed
        try tell(row, .closed(number, completedAs: isCompleted ? .completed : nil))
    }

    private mutating func reset(_ ask: AskNumber, _ row: Int, fails: Bool) throws(Violation) {
        guard !fails, let campaign = campaigns[row] else {
            return try tell(row, .resetFailed(ask))
        }
        if campaign.isOpen && runs.values.contains(where: { $0.identity == campaign.identity }) {
            throw Violation(description: "step \(step): records were reset under a run")
        }
        campaigns[row]?.pending = campaign.recipients
        try tell(row, .recordsReset(ask, hasPending: campaign.recipients > 0))
    }

    // MARK: The engine

    /// Lets requests begin and end, and runs come to their ends.
    mutating func runEngine() throws(Violation) {
        for number in runs.keys.sorted(by: { ($0.life, $0.count) < ($1.life, $1.count) }) {
            guard var run = runs[number], started.contains(number), !run.hasEnded else { continue }
            run.onWire.removeAll { $0 <= step }
            if !run.isDraining, run.pending > 0, run.onWire.count < 3 {
                try checkMayBegin(run)
                begun += 1
                run.pending -= 1
                let steps = chance(10) ? Self.requestSteps / 2 : 5
                run.onWire.append(step + 1 + Int(random.next() % UInt64(steps)))
            }
            let isOver = run.onWire.isEmpty && (run.isDraining || run.pending == 0)
            let fails = chance(1) && chance(faultPercent)
            run.hasEnded = isOver || fails
            runs[number] = run
            if run.hasEnded {
                let end: RunEnd = fails ? .failed : run.pending == 0 ? .completed : .drained
                try tell(run.row, .ended(number, end))
            }
        }
    }

    private func checkMayBegin(_ run: SimulatedRun) throws(Violation) {
        guard let campaign = campaigns[run.row], campaign.identity == run.identity else {
            throw Violation(description: "step \(step): a removed campaign sends")
        }
        guard campaign.status == .running else {
            throw Violation(
                description: "step \(step): campaign \(run.row) is \(campaign.status) and sends")
        }
        guard !campaign.mustBeQuiet else {
            throw Violation(
                description: "step \(step): campaign \(run.row) sends after a stop was answered")
        }
        let others = runs.values.filter { $0.identity == run.identity && !$0.hasEnded }
        guard others.count == 1 else {
            throw Violation(description: "step \(step): campaign \(run.row) has two runs")
        }
    }

    // MARK: The end

    /// Lets everything end while nothing fails, resumes what waits, and looks at what is left.
    mutating func settleDown() throws(Violation) {
        faultPercent = 0
        // Few are left, so that it ends in a time that a test has.
        for (row, campaign) in campaigns {
            campaigns[row]?.stopAt = nil
            campaigns[row]?.pending = min(campaign.pending, 5)
            campaigns[row]?.recipients = min(campaign.recipients, 5)
        }
        for (number, run) in runs { runs[number]?.pending = min(run.pending, 5) }
        try wait(until: "all is quiet")
        for row in campaigns.keys.sorted() {
            guard let status = campaigns[row]?.status else { continue }
            if status.actions.contains(.resume) {
                try ask(.resume, row)
            } else if status == .draft {
                try ask(.start, row)
            }
        }
        try wait(until: "what was resumed has ended")
        for (row, campaign) in campaigns.sorted(by: { $0.key < $1.key })
        where !campaign.status.isEnded {
            throw Violation(
                description: "campaign \(row) is \(campaign.status) at the end, "
                    + "\(campaign.pending) pending")
        }
    }

    private mutating func wait(until what: String) throws(Violation) {
        let end = step + 20 * Self.requestSteps
        while step < end {
            try turn()
            let isBusy = campaigns.values.contains {
                $0.status == .running || $0.status == .scheduled
            }
            if !isBusy, tasks.isEmpty, runs.isEmpty, table.rows.isEmpty { return }
        }
        let stuck = campaigns.sorted(by: { $0.key < $1.key }).map {
            "\($0.key): \($0.value.status)"
        }
        throw Violation(
            description: "not so in \(20 * Self.requestSteps) steps: \(what); "
                + "campaigns \(stuck), machines \(table.rows), runs \(runs.count)")
    }
}
