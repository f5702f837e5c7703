import ArgumentParser
import JSON

/// `fanfare campaign …`: the campaigns of a server.
struct CampaignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "campaign",
        abstract: "Lists, starts, pauses, stops and watches the campaigns of a server.",
        discussion: """
            The server is that of --server or FANFARE_SERVER, the API key is in FANFARE_KEY or in \
            the file of --key-file.

            EXIT CODES:
              0  done
              1  no answer, or the server failed
              2  the command line cannot be used
              4  the server refused

            EXAMPLES:
              export FANFARE_KEY=ff_…
              fanfare campaign list
              fanfare campaign start spring && fanfare campaign watch spring
              fanfare campaign pause spring --server https://fanfare.example.org
            """,
        subcommands: [
            List.self, Show.self, Start.self, Pause.self, Resume.self, Stop.self, Watch.self,
        ])

    static func path(_ id: String, _ rest: String = "") -> String {
        "/v1/campaigns/\(ServerClient.escaped(id))\(rest)"
    }
}

extension CampaignCommand {
    /// `fanfare campaign list`.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Lists campaigns.",
            discussion: """
                EXAMPLES:
                  fanfare campaign list --limit 20
                """)

        @Option(help: ArgumentHelp("Campaigns to list at the most.", valueName: "n"))
        var limit = 100

        @OptionGroup var server: ServerOptions

        func run() throws {
            try ListOptions(
                path: "/v1/campaigns", name: "campaigns",
                header: ["ID", "NAME", "STATUS", "RECIPIENTS", "SENT", "FAILED", "CREATED"],
                numbers: [3, 4, 5]
            ) { row in
                let stats = row["stats"] ?? .null
                return [
                    row.cell("id"), row.cell("name"), row.cell("status"), stats.recipients,
                    stats.cell("sent"), stats.cell("failed"), row.timeCell("created_at"),
                ]
            }.show(server, limit: limit)
        }
    }

    /// `fanfare campaign show`.
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Shows a campaign, its figures and what went wrong.",
            discussion: """
                EXAMPLES:
                  fanfare campaign show spring
                  fanfare campaign show spring --json
                """)

        @Argument(help: ArgumentHelp("The campaign's id.", valueName: "id"))
        var id: String

        @OptionGroup var server: ServerOptions

        func run() throws {
            let client = try server.client()
            let (campaign, stats) = try BlockingTask.run { [id] in
                let campaign = try await client.get(CampaignCommand.path(id))
                return (campaign, try await client.get(CampaignCommand.path(id, "/stats")))
            }
            if server.json {
                Terminal.output(campaign.text)
                return
            }
            for line in try lines(campaign.json(), stats.json()) { Terminal.output(line) }
        }

        private func lines(_ campaign: JSONValue, _ stats: JSONValue) -> [String] {
            var rows: [[String]] = []
            for field in ["id", "name", "title", "status", "status_reason"] {
                let cell = campaign.cell(field)
                if cell != "-" { rows.append([field.replacing("_", with: " "), cell]) }
            }
            if stats.recipients != "-" { rows.append(["recipients", stats.recipients]) }
            for field in ["created_at", "scheduled_for", "started_at", "completed_at"] {
                let cell = campaign.timeCell(field)
                if cell != "-" { rows.append([field.replacing("_", with: " "), cell]) }
            }
            for field in [
                "sent", "failed", "skipped", "unknown", "pending", "in_flight", "read",
                "acknowledged", "missed",
            ] where stats[field] != nil {
                rows.append([field.replacing("_", with: " "), stats.cell(field)])
            }
            if let bottleneck = CampaignReading(stats).bottleneck {
                rows.append(["slowed by", bottleneck])
            }
            var lines = TextTable.aligned(rows.map { $0.map(Terminal.harmless) })
            // Those that were sent at the first attempt have none.
            let wrong = (stats["reasons"]?.array ?? []).filter { $0["reason"] != "none" }
            let reasons = wrong.map { reason in
                [reason.cell("status"), reason.cell("reason"), reason.cell("count")]
            }
            if !reasons.isEmpty {
                lines.append("")
                lines += TextTable.aligned(
                    [["STATUS", "REASON", "COUNT"]] + reasons.map { $0.map(Terminal.harmless) },
                    numbers: [2])
            }
            return lines
        }
    }
}

extension JSONValue {
    /// Of a campaign's figures: for how many it is, as far as that is known before it starts.
    fileprivate var recipients: String {
        self["total"]?.integer == 0 && self["status"] == "draft" ? "-" : cell("total")
    }
}
