import ArgumentParser
import JSON

/// What the commands that change a campaign's state share.
struct CampaignActionOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("The campaign's id.", valueName: "id"))
    var id: String

    @OptionGroup var server: ServerOptions

    /// Asks for an action and prints the state after it.
    func run(_ action: String, show: (JSONValue) -> String = Self.status) throws {
        try server.run { [id] client in
            try await client.send("POST", CampaignCommand.path(id, "/\(action)"))
        } show: { reply in
            Terminal.output("\(id): \(Terminal.harmless(show(try reply.json())))")
        }
    }

    static func status(_ answer: JSONValue) -> String { answer["status"]?.string ?? "done" }

    /// What a pause or a stop answers.
    static func receipt(_ answer: JSONValue) -> String {
        var text = status(answer)
        if let milliseconds = answer["took_ms"]?.double {
            text += " after \(Figures.fixed(milliseconds, 0)) ms"
        }
        if answer["in_flight"]?.integer != nil {
            text += ", \(answer.cell("in_flight")) in flight"
        }
        return text
    }
}

extension CampaignCommand {
    /// `fanfare campaign start`.
    struct Start: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "start", abstract: "Starts a campaign now.",
            discussion: """
                EXAMPLES:
                  fanfare campaign start spring
                """)

        @OptionGroup var action: CampaignActionOptions

        func run() throws { try action.run("start") }
    }

    /// `fanfare campaign pause`.
    struct Pause: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "pause",
            abstract: "Pauses a campaign, and says what was on the wire and how long it took.",
            discussion: """
                EXAMPLES:
                  fanfare campaign pause spring
                """)

        @OptionGroup var action: CampaignActionOptions

        func run() throws {
            try action.run("pause", show: CampaignActionOptions.receipt)
        }
    }

    /// `fanfare campaign resume`.
    struct Resume: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "resume", abstract: "Goes on with a paused campaign.",
            discussion: """
                EXAMPLES:
                  fanfare campaign resume spring
                """)

        @OptionGroup var action: CampaignActionOptions

        func run() throws { try action.run("resume") }
    }

    /// `fanfare campaign stop`.
    struct Stop: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "stop",
            abstract: "Ends a campaign; who was not sent to by then will not be.",
            discussion: """
                EXAMPLES:
                  fanfare campaign stop spring
                """)

        @OptionGroup var action: CampaignActionOptions

        func run() throws { try action.run("stop", show: CampaignActionOptions.receipt) }
    }

    /// `fanfare campaign watch`.
    struct Watch: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "watch",
            abstract: "Shows how a campaign gets on until it ends.",
            discussion: """
                Ctrl-C ends the watching, and not the campaign.

                EXIT CODES:
                  0  completed: all were sent
                  1  stopped, or interrupted, or no answer from the server
                  2  the command line cannot be used
                  3  completed_partial or failed
                  4  the server refused

                EXAMPLES:
                  fanfare campaign watch spring
                  fanfare campaign watch spring --json | jq .sent
                """)

        @Argument(help: ArgumentHelp("The campaign's id.", valueName: "id"))
        var id: String

        @OptionGroup var server: ServerOptions

        func run() throws {
            let interrupts = InterruptFlag()
            let watch = CampaignWatch(
                client: try server.client(), id: id, isRaw: server.json)
            switch try BlockingTask.run({ try await watch.run(until: interrupts) }) {
            case .interrupted:
                Terminal.error(
                    "\(id) goes on without this window; fanfare campaign watch \(id) shows it again"
                )
                throw CommandFailure.other
            case .ended(let reading):
                switch reading.status {
                case "completed": return
                case "stopped": throw CommandFailure.other
                default: throw CommandFailure.incomplete
                }
            }
        }
    }
}
