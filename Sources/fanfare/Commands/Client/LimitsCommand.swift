import ArgumentParser
import Jinja
import Pacing

/// `fanfare limits …`: how fast a server may send.
struct LimitsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limits",
        abstract: "Shows and changes how fast a server sends.",
        discussion: """
            A send passes the limits of its app, campaign, provider and host; the tightest counts. \
            Changes take effect on campaigns that run.

            EXAMPLES:
              fanfare limits show
              fanfare limits set app --rate 2000/s
              fanfare limits set host hooks.example.org --rate 100/s --burst 10 --in-flight 32
            """,
        subcommands: [Show.self, Set.self])

    private static let path = "/v1/limits"

    static func print(_ answer: JSONValue) {
        let rows = (answer["limits"]?.array ?? []).map { limit in
            ["level", "name", "rate", "burst", "in_flight"].map {
                Terminal.harmless(limit.cell($0))
            }
        }
        let header = ["LEVEL", "NAME", "RATE", "BURST", "IN FLIGHT"]
        for line in TextTable.aligned([header] + rows, numbers: [3, 4]) { Terminal.output(line) }
    }
}

extension LimitsCommand {
    /// `fanfare limits show`.
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Shows the limits.",
            discussion: """
                EXAMPLES:
                  fanfare limits show
                """)

        @OptionGroup var server: ServerOptions

        func run() throws {
            try server.run { client in
                try await client.get(LimitsCommand.path)
            } show: { reply in
                LimitsCommand.print(try reply.json())
            }
        }
    }

    /// `fanfare limits set`.
    struct Set: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set", abstract: "Changes one limit; what is not given stays.",
            discussion: """
                EXAMPLES:
                  fanfare limits set app --rate 2000/s
                  fanfare limits set provider webhook --rate unlimited
                """)

        @Argument(
            help: ArgumentHelp("app, campaign, provider or host.", valueName: "level"))
        var level: String

        @Argument(
            help: ArgumentHelp(
                "Which campaign, provider or host; none for the app.", valueName: "name"))
        var name = ""

        @Option(
            help: ArgumentHelp("Such as `100/s`, `90/m` or `unlimited`.", valueName: "rate"))
        var rate: String?

        @Option(
            help: ArgumentHelp("Sends that may go at once after a quiet time.", valueName: "n"))
        var burst: Int64?

        @Option(help: ArgumentHelp("Requests on the wire at once.", valueName: "n"))
        var inFlight: Int64?

        @OptionGroup var server: ServerOptions

        func run() throws {
            let levels = ["app", "campaign", "provider", "host"]
            guard levels.contains(level) else {
                throw CommandFailure.usage(
                    "“\(level)” is no level; expected \(levels.joined(separator: ", "))")
            }
            guard rate != nil || burst != nil || inFlight != nil else {
                throw CommandFailure.usage("nothing to set: give --rate, --burst or --in-flight")
            }
            if let rate, rate != "unlimited" {
                do {
                    _ = try RateLimit(parsing: rate)
                } catch {
                    throw CommandFailure.usage("--rate: \(error)")
                }
            }
            try server.run { client in
                let known = try await client.get(LimitsCommand.path).json()
                let limits = changed(known["limits"]?.array ?? [])
                return try await client.send(
                    "PUT", LimitsCommand.path, body: .json(["limits": .array(limits)]))
            } show: { reply in
                LimitsCommand.print(try reply.json())
            }
        }

        /// All limits with this one changed: the server takes them as a whole.
        private func changed(_ limits: [JSONValue]) -> [JSONValue] {
            let fields = ["level", "name", "rate", "burst", "in_flight"]
            var limits = limits.map { limit -> [String: JSONValue] in
                (limit.object ?? [:]).filter { fields.contains($0.key) }
            }
            let index = limits.firstIndex { limit in
                limit["level"] == .string(level)
                    && (level == "app" || limit["name"] == .string(name))
            }
            var limit =
                index.map { limits[$0] } ?? [
                    "level": .string(level), "name": .string(name), "rate": "unlimited",
                    "burst": .null, "in_flight": .null,
                ]
            if let rate { limit["rate"] = .string(rate) }
            if let burst { limit["burst"] = .integer(burst) }
            if let inFlight { limit["in_flight"] = .integer(inFlight) }
            if let index { limits[index] = limit } else { limits.append(limit) }
            return limits.map { .object($0) }
        }
    }
}
