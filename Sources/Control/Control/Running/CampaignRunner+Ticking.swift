import CampaignLife
package import ControlDirectory
import ControlEvents
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
            lookAtRuns()
            await lookAtTimes()
            tellTime()
            count += 1
            if count % Self.ticksPerSave == 0, limits.hasDebts {
                try? await database.write { [limits] db, now in try limits.save(db, now: now) }
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
        case .providerRate: return limit("provider", run.provider, isInFlight: false)
        case .providerInFlight: return limit("provider", run.provider, isInFlight: true)
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
            let month = database.clock.now.month
            let left = quota.account(of: run.app).figures(month: month).left
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

    /// Tells of campaigns that cannot go on by themselves: their app's quota has ended, or their
    /// destination does not work.
    private func lookAtRuns() {
        for run in board.all {
            if run.reports.isQuotaExhausted {
                tell(run.pk, .quotaEnded(run.number))
            } else if run.isDestinationBroken {
                tell(run.pk, .destinationBroke(run.number))
            }
        }
    }

    /// Tells of the schedules and the ends whose time has come.
    private func lookAtTimes() async {
        let now = database.clock.now
        let due = try? await database.read { db in
            (
                start: try Row.fetchAll(
                    db,
                    sql: "SELECT * FROM campaign WHERE status = 'scheduled' AND scheduled_for <= ?",
                    arguments: [now]
                ).map(CampaignRecord.init),
                stop: try Row.fetchAll(
                    db,
                    sql: """
                        SELECT * FROM campaign WHERE stop_at <= ? AND status IN
                        ('scheduled', 'running', 'paused', 'paused_error', 'paused_quota')
                        """, arguments: [now]
                ).map(CampaignRecord.init)
            )
        }
        for record in due?.stop ?? [] { tell(record.pk, status: record.status, .endDue) }
        for record in due?.start ?? [] {
            let latest = (record.scheduledFor ?? 0) + record.maxLatenessMilliseconds
            tell(
                record.pk, status: record.status,
                .scheduleDue(latestMilliseconds: latest, hasRoom: hasRoom))
        }
    }
}

extension CampaignRecord {
    /// How much later than scheduled it may start.
    fileprivate var maxLatenessMilliseconds: Int64 {
        (schedule?["max_lateness_seconds"]?.integer ?? CampaignSchedule.maxLatenessDefault) * 1_000
    }
}
