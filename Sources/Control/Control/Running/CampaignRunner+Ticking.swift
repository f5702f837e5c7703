import Engine
import Foundation
import GRDB
import JSON
import Logging
import Runtime

/// What time brings: paces, schedules, ends of quotas, limits to keep.
extension CampaignRunner {
    /// How often figures are sampled and times looked at.
    static let tickMilliseconds: Int64 = 200
    /// Ticks between two writings of the limits' states.
    private static let ticksPerSave = 5

    /// Ticks until the signal to stop.
    package func tick(until stopping: StopSignal) async {
        var count = 0
        while !stopping.isSet {
            sample()
            await pauseExhausted()
            await checkTimes()
            count += 1
            if count % Self.ticksPerSave == 0, limits.hasDebts {
                try? await database.write { [limits] db in try limits.save(db) }
            }
            _ = await stopping.wait(for: .milliseconds(Self.tickMilliseconds))
        }
    }

    private func sample() {
        let now = SystemClock.now.monotonicNanoseconds
        for run in board.all { run.sample(nowNanoseconds: now) { name($0, host: $1, of: run) } }
    }

    /// What a cause is called in the API, with its value.
    private func name(
        _ cause: BindingCause, host: UInt64, of run: RunningCampaign
    ) -> CampaignStats.Bottleneck? {
        func limit(_ level: String, _ name: String, isInFlight: Bool) -> CampaignStats.Bottleneck? {
            guard let key = LimitBook.Key(app: run.app, level: level, name: name) else {
                return nil
            }
            let setting = limits.setting(key)
            let value = isInFlight ? "\(setting.inFlight ?? 0) in flight" : setting.rate
            return .init(limit: level, name: name, value: value)
        }
        switch cause {
        case .appRate: return limit("app", "", isInFlight: false)
        case .appInFlight: return limit("app", "", isInFlight: true)
        case .campaignRate: return limit("campaign", run.id, isInFlight: false)
        case .campaignInFlight: return limit("campaign", run.id, isInFlight: true)
        case .providerRate: return limit("provider", "webhook", isInFlight: false)
        case .providerInFlight: return limit("provider", "webhook", isInFlight: true)
        case .hostRate: return limit("host", hostName(host, of: run), isInFlight: false)
        case .hostInFlight: return limit("host", hostName(host, of: run), isInFlight: true)
        case .transport:
            let most = min(run.bounds.inFlightMax, options.inFlightMax)
            return .init(limit: "transport", name: "", value: "\(most) in flight")
        case .hostConnections:
            return .init(
                limit: "transport", name: hostName(host, of: run),
                value: "\(run.bounds.perHostMax) \(run.bounds.perHostUnit.rawValue) to a host")
        case .quota:
            let left = quota.account(of: run.app).figures(month: Timestamp.now.month).left
            return .init(limit: "quota", name: "", value: "\(left) left")
        case .none, .waiting, .idle: return nil
        }
    }

    /// What a host is called that has limits or is the campaign's only one; empty for others, of
    /// which the engine knows no name.
    private func hostName(_ hash: UInt64, of run: RunningCampaign) -> String {
        if let name = limits.hosts(app: run.app).name(hash: hash) { return name }
        return run.handle.plan.target.url.flatMap { HostName(of: $0) }?.text ?? ""
    }

    /// Pauses campaigns that cannot go on by themselves: their app's quota has ended, or their
    /// destination does not work.
    private func pauseExhausted() async {
        for run in board.all {
            if run.reports.isQuotaExhausted {
                await pause(run, .pausedQuota, "the month's messages are used")
            } else if run.isDestinationBroken {
                await pause(run, .pausedError, "the destination has answered nothing but failures")
            }
        }
    }

    private func pause(
        _ run: RunningCampaign, _ status: CampaignStatus, _ reason: String
    ) async {
        let receipt = await halt(run.pk)
        logger.notice(
            "campaign paused",
            metadata: [
                "campaign": "\(run.id)", "reason": "\(reason)", "in_flight": "\(receipt.inFlight)",
            ])
        try? await database.write { [events] db in
            guard let record = try CampaignRecord.find(pk: run.pk, db), record.status == .running
            else { return }
            try CampaignTransition(to: status, reason: reason, event: .paused)
                .apply(to: record, db, events: events)
        }
    }

    /// Starts what is scheduled and stops what has an end.
    private func checkTimes() async {
        let now = Timestamp.now
        let due = try? await database.read { db in
            (
                start: try Row.fetchAll(
                    db,
                    sql: "SELECT * FROM campaign WHERE status = 'scheduled' AND scheduled_for <= ?",
                    arguments: [now.milliseconds]
                ).map(CampaignRecord.init),
                stop: try Row.fetchAll(
                    db,
                    sql: """
                        SELECT * FROM campaign WHERE stop_at <= ? AND status IN
                        ('scheduled', 'running', 'paused', 'paused_error', 'paused_quota')
                        """, arguments: [now.milliseconds]
                ).map(CampaignRecord.init)
            )
        }
        for record in due?.stop ?? [] { await stop(record) }
        let stopped = Set((due?.stop ?? []).map(\.pk))
        for record in due?.start ?? [] where !stopped.contains(record.pk) {
            await startScheduled(record, now)
        }
    }

    private func stop(_ record: CampaignRecord) async {
        _ = await halt(record.pk)
        try? await database.write { [events] db in
            guard let record = try CampaignRecord.find(pk: record.pk, db),
                record.status.actions.contains(.stop)
            else { return }
            try CampaignTransition(
                to: .stopped, reason: "its stop_at has come", event: .stopped
            ).apply(to: record, db, events: events)
        }
    }

    private func startScheduled(_ record: CampaignRecord, _ now: Timestamp) async {
        let latest =
            (record.scheduledFor ?? 0)
            + (record.schedule["max_lateness_seconds"]?.integer
                ?? CampaignSchedule.maxLatenessDefault) * 1_000
        do {
            if now.milliseconds <= latest { try await launcher.check(record) }
            let isLate = now.milliseconds > latest
            let launched = try await database.write { [events] db -> Bool in
                guard let record = try CampaignRecord.find(pk: record.pk, db),
                    record.status == .scheduled
                else { return false }
                if isLate {
                    try CampaignTransition(
                        to: .draft, reason: "schedule_missed: it was too late to start"
                    ).apply(to: record, db, events: events)
                    return false
                }
                try CampaignTransition(to: .running, event: .started)
                    .apply(to: record, db, events: events)
                return true
            }
            if launched { launch(record.pk) }
        } catch {
            try? await database.write { [events] db in
                guard let record = try CampaignRecord.find(pk: record.pk, db),
                    record.status == .scheduled
                else { return }
                let reason = (error as? Problem)?.detail ?? "\(error)"
                try CampaignTransition(to: .failed, reason: reason, event: .failed)
                    .apply(to: record, db, events: events)
            }
        }
    }

    /// Whether a campaign's records could not be written, so that it waits for a restart.
    func isBroken(_ campaign: Int64) -> Bool {
        if case .broken = runs[campaign] { true } else { false }
    }

    /// Lets shards that wait for a limit look at it again.
    package func limitsChanged() { runtime?.wakeShards() }
}
