import ArgumentParser
import CurlTransport
import Dispatch
import Engine
import Foundation
import Pacing
import Runtime
import SendPlans
import Storage
import UVLoop

/// Runs one campaign from the command line to its end, or to the interruption: the case of one of
/// what the runtime does for many.
///
/// The main thread owns a loop with the signals, the progress and the runtime's word that the
/// campaign has ended.
struct SendSession {
    let campaign: LocalCampaign
    let templates: CampaignTemplates
    let output: OutputOptions
    let reportFile: ReportFile?

    /// - Throws: `ExitCode` by how it ended, or `CommandFailure`.
    func run() throws {
        let started = ResourceUsage.now
        FileDescriptors.raiseLimit()
        let recovery = try campaign.recover()
        if recovery.pages > 0, !output.quiet { Terminal.error(recoveryNote(recovery)) }
        let before = try campaign.accounting()
        let message = try templates.bind(to: campaign.columns)
        let limiter = RateLimiter(
            evenly: try campaign.document.rateLimit(),
            nowNanoseconds: SystemClock.now.monotonicNanoseconds)
        let plan = SendPlan(
            campaign.id, campaign.document, message: message, templates: templates,
            limiters: LimiterChain([.init(.campaign, limiter)]))
        let end: CampaignHandle.End
        let figures: SendCounters.Snapshot
        switch TransportKind(rawValue: campaign.document.transport) ?? .curl {
        case .curl:
            let options = CurlTransportOptions(flightsMax: flightsPerShard)
            (end, figures) = try run(plan, before) { loop in
                try CurlCarrier(loop: loop, options: options)
            }
        case .instant:
            (end, figures) = try run(plan, before) { _ in InstantTransport() }
        }
        if case .failed(let error) = end {
            Terminal.error("error: \(error)")
            Terminal.error(resumeHint)
            throw CommandFailure.other
        }
        let report = try SendReport(
            campaign: campaign, end: end, figures: figures, unsure: recovery.unsure,
            started: started)
        try publish(report)
        try campaign.close()
        try exit(end, report)
    }

    private func recoveryNote(_ recovery: CrashRecovery.Outcome) -> String {
        let count = Figures.grouped(UInt64(recovery.unsure))
        switch campaign.document.deliveryGuarantee {
        case .atLeastOnce:
            return "\(count) requests were on the wire when the last run died; "
                + "they are sent again with the same key"
        case .atMostOnce:
            return "\(count) requests were on the wire when the last run died; "
                + "they are listed as unknown"
        }
    }

    private var resumeHint: String {
        "to go on: fanfare resume \(campaign.directory.path)"
    }

    /// Requests that one shard can have on the wire.
    private var flightsPerShard: Int {
        let document = campaign.document
        return (document.maxInFlight + campaign.shards - 1) / campaign.shards
    }

    private func isCompleted(_ end: CampaignHandle.End) -> Bool {
        if case .completed = end { true } else { false }
    }

    private func publish(_ report: SendReport) throws {
        try reportFile?.write(report.json())
        if !output.quiet { Terminal.note(report.table) }
    }

    private func exit(_ end: CampaignHandle.End, _ report: SendReport) throws {
        if report.pending > 0 {
            if !output.quiet { Terminal.error(resumeHint) }
            throw CommandFailure.other
        }
        if report.failed + report.unknown + report.skipped > 0 {
            if !output.quiet {
                let status =
                    report.failed > 0 ? "failed" : report.unknown > 0 ? "unknown" : "skipped"
                Terminal.error(
                    "to list them: fanfare outcomes \(campaign.directory.path) --status \(status)")
            }
            throw CommandFailure.incomplete
        }
    }

    // MARK: Running

    private func run<Carrier: LoopTransport>(
        _ plan: SendPlan, _ before: Accounting,
        makeTransport: @escaping @Sendable (EventLoop) throws -> Carrier
    ) throws -> (CampaignHandle.End, SendCounters.Snapshot) {
        let document = campaign.document
        let runtime = try DispatchRuntime(
            options: .init(
                shards: campaign.shards,
                flightsPerShard: flightsPerShard,
                journalDirectory: campaign.directory.path, seed: document.seed),
            makeTransport: makeTransport)
        let loop = try EventLoop()
        let ended = try LoopWakeUp(loop) { wakeUp in wakeUp.close() }
        let handle = try campaign.handOver { store in
            try runtime.start(
                plan, store: store, shares: document.shares(over: campaign.shards),
                onEnd: { _ in ended.send() })
        }
        var progress = ProgressView(isQuiet: output.quiet)
        let reading = { (figures: SendCounters.Snapshot) in
            ProgressView.Reading(
                figures: figures, endedBefore: UInt64(before.total - before.pending),
                total: UInt64(before.total),
                limit: document.rate)
        }
        let timer = LoopTimer(loop) { _ in
            progress.show(reading(handle.figures), nowMilliseconds: loop.now)
            if handle.end != nil { loop.stop() }
        }
        timer.start(
            afterMilliseconds: CommandLimits.progressMilliseconds,
            repeating: CommandLimits.progressMilliseconds)
        let signals = try watchSignals(loop, handle)
        while handle.end == nil { loop.run(.once) }
        let figures = handle.figures
        progress.show(reading(figures), nowMilliseconds: loop.now)
        progress.finish()
        signals.forEach { $0.close() }
        loop.close()
        guard let end = handle.end else {
            preconditionFailure("the loop ended before the campaign")
        }
        let released = DispatchSemaphore(value: 0)
        runtime.release(handle) { released.signal() }
        released.wait()
        runtime.shutDown()
        // A failed one is for `resume`, which settles what its store could not take.
        if case .failed = end { return (end, figures) }
        try campaign.takeBack(isCompleted: isCompleted(end))
        return (end, figures)
    }

    /// The first SIGINT or SIGTERM drains, the second ends the process at once.
    private func watchSignals(_ loop: EventLoop, _ handle: CampaignHandle) throws -> [LoopSignal] {
        let quiet = output.quiet
        return try [SIGINT, SIGTERM].map { number in
            let signal = try LoopSignal(loop) { _, _ in
                if handle.plan.control.isDraining {
                    // The journal and the store are whole at every moment: nothing to tidy up.
                    _exit(CommandFailure.other.rawValue)
                }
                if !quiet {
                    Terminal.error(
                        "\nstopping: requests on the wire finish first (again to stop at once)")
                }
                handle.drain()
            }
            try signal.start(number)
            return signal
        }
    }
}
