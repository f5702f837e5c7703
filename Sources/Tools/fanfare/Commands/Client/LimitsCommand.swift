import ArgumentParser
import JSON
import Pacing

/// `fanfare limits …`: how fast a server may send.
struct LimitsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limits",
        abstract: "Shows and changes how fast a server sends.",
        discussion: """
            A send passes the limits of its app, campaign, provider and host; the tightest counts. \
            Changes take effect on campaigns that run.

            EXIT CODES:
              0  done
              1  no answer, or the server failed
              2  the command line cannot be used
              4  the server refused

            EXAMPLES:
              fanfare limits show
              fanfare limits set app --rate 2000/s
              fanfare limits set host https://hooks.example.org --rate 100/s --burst 10 --in-flight 32
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
                  fanfare limits set campaign spring --rate 100/m --burst 10
                  fanfare limits set provider webhook --rate unlimited --in-flight unlimited
                  fanfare limits set host https://hooks.example.org --in-flight 32
                """)

        @Argument(
            help: ArgumentHelp("app, campaign, provider or host.", valueName: "level"))
        var level: String

        @Argument(
            help: ArgumentHelp(
                "The campaign's id, webhook, or the host as scheme://host:port; none for the app.",
                valueName: "name"))
        var name = ""

        @Option(
            help: ArgumentHelp("Such as `100/s`, `90/m` or `unlimited`.", valueName: "rate"))
        var rate: String?

        @Option(
            help: ArgumentHelp("Sends that may go at once after a quiet time.", valueName: "n"))
        var burst: Int64?

        @Option(
            help: ArgumentHelp(
                "Requests on the wire at once; `unlimited` lifts the limit.", valueName: "n"))
        var inFlight: String?

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
            guard level == "app" || !name.isEmpty else {
                throw CommandFailure.usage("which \(level)? Its name comes after “\(level)”")
            }
            if let rate {
                do {
                    _ = try RateLimit(parsing: rate)
                } catch {
                    throw CommandFailure.usage("--rate: \(error)")
                }
            }
            let change = try change()
            try server.run { client in
                try await client.send(
                    "PUT", LimitsCommand.path, body: .json(["limits": [change]]))
            } show: { reply in
                LimitsCommand.print(try reply.json())
            }
        }

        /// Only what is to change: the server leaves the rest as it is, whoever set it meanwhile.
        private func change() throws -> JSONValue {
            var fields: [String: JSONValue] = ["level": .string(level), "name": .string(name)]
            if let rate { fields["rate"] = .string(rate) }
            if let burst { fields["burst"] = .integer(burst) }
            switch inFlight {
            case nil: break
            case "unlimited": fields["in_flight"] = .null
            case let text?:
                guard let number = Int64(text) else {
                    throw CommandFailure.usage(
                        "--in-flight: “\(text)” cannot be used; expected a number or unlimited")
                }
                fields["in_flight"] = .integer(number)
            }
            return .object(fields)
        }
    }
}
