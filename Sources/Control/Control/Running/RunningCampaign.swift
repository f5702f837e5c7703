import CampaignLife
import ControlDirectory
import Engine
import Providers
import Runtime
import Storage
import Structures

/// One run of a campaign in this process: from its handle's start until it is released.
final class RunningCampaign: Sendable {
    /// What a window of the recent past showed.
    fileprivate struct Window {
        var samples: [(nanoseconds: Int64, sent: UInt64)] = []
        var bindings = BindingCounts()
        var health = DestinationHealth()
        var isBroken = false
        var bottleneck: CampaignStats.Bottleneck?
        /// How often each shard had been held back by hosts at the last sample.
        var heldBack: [UInt64] = []
        /// The host that holds most back, by its hash; 0 while none does.
        var host: UInt64 = 0
    }

    let pk: CampaignRowID
    let number: RunNumber
    let app: AppRowID
    let id: String
    /// What its provider is called where limits name it.
    let provider: String
    let handle: CampaignHandle
    let reports: QuotaGate.Reports
    /// What had ended before this run.
    let before: Tally
    /// What it may have on the wire, in all and to one host.
    let bounds: SendShare
    private let recipients: Int
    private let databasePath: String
    // Guards the window between the ticking runner and views.
    private let window = Guarded(Window())

    /// How far back the pace is measured.
    private static let windowNanoseconds: Int64 = 3_000_000_000

    init(
        _ record: CampaignRecord, number: RunNumber, handle: CampaignHandle,
        prepared: PreparedCampaign, before: Tally, bounds: SendShare
    ) {
        pk = record.pk
        self.number = number
        app = record.app
        id = record.id
        provider = record.provider.rawValue
        self.handle = handle
        reports = prepared.store.reports
        self.before = before
        self.bounds = bounds
        recipients = prepared.recipients
        databasePath = prepared.directory.databasePath
    }

    /// Deliveries that have ended, those of this run included that are not durable yet.
    var tally: Tally {
        let figures = handle.figures
        let outcomes = handle.outcomes
        var tally = before
        tally += outcomes.tally
        // The reason of what the table of reasons has no room for is `none` here; the records know.
        for (status, count) in [
            (DeliveryStatus.sent, figures.sent), (.failed, figures.failed),
            (.skipped, figures.skipped), (.unknown, figures.unknown),
        ] {
            let rest = Int(count) - outcomes.tally.count(status)
            if rest > 0 {
                tally.add(rest, DeliveryOutcome(status, .none, code: status == .sent ? 200 : 0))
            }
        }
        tally.add(reports.trimmed, DeliveryOutcome(.skipped, .quotaExceeded))
        return tally
    }

    /// Deliveries that have not ended.
    var pending: Int { max(0, recipients - tally.ended) }

    /// Bytes of its files.
    var storageBytes: Int { CampaignDatabase.fileBytes(at: databasePath) }

    var live: CampaignStats.Live {
        let (pace, bottleneck) = window.withLock { ($0.pace, $0.bottleneck) }
        return CampaignStats.Live(
            tally: tally, inFlight: handle.figures.inFlight, sendsPerSecond: pace,
            bottleneck: bottleneck)
    }

    /// Whether the destination has answered nothing good for too long.
    var isDestinationBroken: Bool { window.withLock { $0.isBroken } }

    /// Takes a sample of the figures; called a few times a second.
    ///
    /// - Parameters:
    ///   - now: Monotonic nanoseconds.
    ///   - name: Says what a cause is called and its value; of a host by its hash.
    func sample(
        nowNanoseconds now: Int64,
        name: (BindingCause, _ host: UInt64) -> CampaignStats.Bottleneck?
    ) {
        let figures = handle.figures
        let hosts = handle.heldBackHosts
        window.withLock { window in
            window.samples.append((now, figures.sent + figures.failed + figures.unknown))
            window.samples.removeAll { $0.nanoseconds < now - Self.windowNanoseconds }
            if let cause = figures.bindings.prevailing(since: window.bindings) {
                window.note(hosts)
                window.bottleneck = name(cause, window.host)
            }
            window.bindings = figures.bindings
            window.isBroken = window.health.isBroken(
                sent: figures.sent, ended: figures.sent + figures.failed + figures.retries,
                nowNanoseconds: now)
        }
    }
}

extension RunningCampaign.Window {
    /// Takes the host of the shard that was held back most since the last sample; the one before
    /// stays where none was.
    fileprivate mutating func note(_ hosts: [HeldBackHost]) {
        let most = hosts.enumerated().max { left, right in
            news(left.element, left.offset) < news(right.element, right.offset)
        }
        if let most, news(most.element, most.offset) > 0 { host = most.element.hash }
        heldBack = hosts.map(\.count)
    }

    private func news(_ host: HeldBackHost, _ shard: Int) -> UInt64 {
        host.count &- (heldBack.indices.contains(shard) ? heldBack[shard] : 0)
    }

    /// Ended sends a second.
    fileprivate var pace: Double {
        guard let first = samples.first, let last = samples.last,
            last.nanoseconds > first.nanoseconds
        else { return 0 }
        return Double(last.sent - first.sent) * 1e9
            / Double(last.nanoseconds - first.nanoseconds)
    }
}
