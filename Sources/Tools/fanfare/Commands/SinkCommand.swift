import ArgumentParser
import Glibc
import StandInReceiver
import UVLoop

/// `fanfare sink`.
struct SinkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sink",
        abstract: "A stand-in provider that counts what it receives, delays and fails as told.",
        discussion: """
            It answers every request, and counts requests, distinct idempotency keys (webhook-id), \
            duplicates by key, statuses, bytes and the rate in windows of 100 ms. \
            GET /_sink/stats answers with the figures as JSON; POST /_sink/reset sets them to zero. \
            At its end it prints the figures.

            EXAMPLES:
              fanfare sink --listen 127.0.0.1:9000
              fanfare sink --listen 127.0.0.1:9000 --latency lognormal:20ms,0.5 \\
                --respond 200:0.97,429:0.01,500:0.02 --retry-after 1s --reset 0.001 --stall 0.001
            """)

    @Option(
        help: ArgumentHelp("Address and port; port 0 takes a free one.", valueName: "address:port"))
    var listen = "127.0.0.1:9000"

    @Option(
        help: ArgumentHelp(
            "How long answers take: `5ms`, `uniform:1ms..20ms`, `lognormal:20ms,0.5`.",
            valueName: "model"))
    var latency: String?

    @Option(
        help: ArgumentHelp(
            "Statuses and their shares; what is left to 1 is 200.", valueName: "status:share,…"))
    var respond: String?

    @Option(help: ArgumentHelp("Retry-After of answers 429 and 503.", valueName: "time"))
    var retryAfter: String?

    @Option(help: ArgumentHelp("Share of requests whose connection is reset.", valueName: "share"))
    var reset: String?

    @Option(help: ArgumentHelp("Share of requests that are never answered.", valueName: "share"))
    var stall: String?

    @Option(help: ArgumentHelp("What the random choices start from.", valueName: "s"))
    var seed: UInt64 = 1

    @Flag(help: "Never sleep: takes a core, and no sender on this machine pays for waking it.")
    var spin = false

    @Flag(help: "Do not print the figures at the end.")
    var quiet = false

    func run() throws {
        let sink: Sink
        do {
            sink = Sink(try configuration())
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure.usage("\(error)")
        }
        do {
            try sink.run(stopSignals: [SIGINT, SIGTERM]) { address in
                Terminal.error("listening on \(address)")
            }
        } catch {
            throw CommandFailure.other("\(error)")
        }
        if !quiet { Terminal.output(sink.statistics().json) }
    }

    private func configuration() throws -> SinkConfiguration {
        var configuration = SinkConfiguration()
        guard let address = try? SocketAddress(parsing: listen) else {
            throw CommandFailure.usage(
                "--listen: “\(listen)” is no address and port, such as 127.0.0.1:9000")
        }
        configuration.address = address
        if let latency { configuration.latency = try LatencyModel(parsing: latency) }
        if let respond { configuration.responses = try ResponseMix(parsing: respond) }
        if let retryAfter {
            configuration.retryAfter = try OptionText.duration(
                parsing: retryAfter, for: .retryAfter)
        }
        if let reset {
            configuration.resetProbability = try Probability(
                parsing: reset, for: .resetProbability)
        }
        if let stall {
            configuration.stallProbability = try Probability(
                parsing: stall, for: .stallProbability)
        }
        configuration.seed = seed
        configuration.spins = spin
        return configuration
    }
}
