import Engine
import JSON
import Runtime

/// Follows a campaign until it ends.
struct CampaignWatch {
    let client: ServerClient
    let id: String
    /// Print each answer as it is.
    let isRaw: Bool

    /// How a watch ended.
    enum End: Sendable {
        case ended(CampaignReading)
        case interrupted
    }

    /// Asks for the figures now and then, and shows them.
    ///
    /// - Parameter interrupts: Ends the watch, and not the campaign.
    /// - Returns: How it ended.
    /// - Throws: `ServerFailure` when the server refuses, or is away for too long.
    func run(until interrupts: InterruptFlag) async throws -> End {
        let path = "/v1/campaigns/\(ServerClient.escaped(id))"
        let name = try await client.get(path).json()["name"]?.string ?? ""
        let isInPlace = Terminal.isOutputInteractive && !isRaw
        var view = WatchView(name: name.isEmpty ? id : "\(name) (\(id))", isInPlace: isInPlace)
        var last: CampaignReading?
        var lastAnswer = ContinuousClock.now
        while !interrupts.isSet {
            do {
                guard let reply = try await ask(path + "/stats", until: interrupts) else { break }
                let reading = CampaignReading(try reply.json())
                last = reading
                lastAnswer = .now
                if isRaw { Terminal.output(reply.text) }
                if reading.isEnded {
                    if !isRaw { view.finish(reading) }
                    return .ended(reading)
                }
                if !isRaw { view.show(reading, nowMilliseconds: Self.milliseconds) }
            } catch let failure as ServerFailure where failure.kind != .refusal {
                guard ContinuousClock.now - lastAnswer < CommandLimits.watchPatience else {
                    throw failure
                }
                if let last, !isRaw {
                    view.show(
                        last, note: "\(failure.message); asking again",
                        nowMilliseconds: Self.milliseconds)
                }
            }
            let pause =
                isInPlace ? CommandLimits.watchInterval : CommandLimits.plainWatchInterval
            try await Self.sleep(pause, until: interrupts)
        }
        return .interrupted
    }

    /// Asks, unless an interrupt comes before the answer; then nil.
    private func ask(
        _ path: String, until interrupts: InterruptFlag
    ) async throws -> ServerReply? {
        try await withThrowingTaskGroup(of: ServerReply?.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await client.get(path) }
            group.addTask {
                while !interrupts.isSet { try await Task.sleep(for: Self.lookInterval) }
                return nil
            }
            return try await group.next() ?? nil
        }
    }

    /// How often a wait looks for an interrupt.
    private static let lookInterval = Duration.milliseconds(50)

    private static var milliseconds: UInt64 {
        UInt64(SystemClock.now.monotonicNanoseconds / 1_000_000)
    }

    /// A pause that an interrupt ends.
    private static func sleep(_ pause: Duration, until interrupts: InterruptFlag) async throws {
        let end = ContinuousClock.now + pause
        while ContinuousClock.now < end, !interrupts.isSet {
            try await Task.sleep(for: lookInterval)
        }
    }
}
