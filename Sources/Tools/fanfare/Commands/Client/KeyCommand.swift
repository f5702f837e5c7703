import ArgumentParser
import Control
import ControlDirectory
import JSON

/// `fanfare key …`: the API keys of an app.
struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Makes, lists and revokes API keys of a server.",
        discussion: """
            EXIT CODES:
              0  done
              1  no answer, or the server failed
              2  the command line cannot be used
              4  the server refused

            EXAMPLES:
              fanfare key create ci --permission view_campaigns
              fanfare key create worker --permission manage_users --permission send_notifications
              fanfare key list
              fanfare key revoke key_4fQ…
            """,
        subcommands: [Create.self, List.self, Revoke.self])
}

extension KeyCommand {
    /// `fanfare key create`.
    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create",
            abstract: "Makes a key and prints its secret, which is not shown again.",
            discussion: """
                The secret is all that goes to standard output. Permissions: manage_campaigns, \
                view_campaigns, manage_users, send_notifications, admin, operate.

                EXAMPLES:
                  fanfare key create ci --permission view_campaigns > ci.key
                  fanfare key create guest --permission view_campaigns \\
                    --expires-at 2027-01-01T00:00:00Z
                """)

        @Argument(help: ArgumentHelp("What the key is called.", valueName: "name"))
        var name: String

        @Option(
            name: .customLong("permission"),
            help: ArgumentHelp(
                "What it may do. May be repeated.", valueName: "permission"))
        var permissions: [String]

        @Option(
            help: ArgumentHelp("When it ends, as RFC 3339. Default: never.", valueName: "time"))
        var expiresAt: String?

        @OptionGroup var server: ServerOptions

        func run() throws {
            guard !permissions.isEmpty else {
                throw CommandFailure.usage("--permission: expected one at least")
            }
            try server.run { client in
                try await client.send(
                    "POST", "/v1/keys",
                    body: .json([
                        "name": .string(name),
                        "permissions": .array(permissions.map { .string($0) }),
                        "expires_at": .text(expiresAt),
                    ]))
            } show: { reply in
                let key = try reply.json()
                guard let id = key["id"]?.string, let secret = key["secret"]?.string else {
                    throw ServerFailure(.server, "the server's answer has no secret")
                }
                Terminal.error("\(Terminal.harmless(id)), shown this once:")
                Terminal.output(Terminal.harmless(secret))
            }
        }
    }

    /// `fanfare key list`.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Lists the keys without their secrets.",
            discussion: """
                EXAMPLES:
                  fanfare key list
                """)

        @Option(help: ArgumentHelp("Keys to list at the most.", valueName: "n"))
        var limit = 1_000

        @OptionGroup var server: ServerOptions

        func run() throws {
            try ListOptions(
                path: "/v1/keys", name: "keys",
                header: [
                    "ID", "NAME", "PERMISSIONS", "CREATED", "EXPIRES", "REVOKED", "LAST USED",
                ]
            ) { row in
                let permissions = (row["permissions"]?.array ?? []).compactMap(\.string)
                return [
                    row.cell("id"), row.cell("name"), permissions.joined(separator: ","),
                    row.timeCell("created_at"), row.timeCell("expires_at"),
                    row.timeCell("revoked_at"), row.timeCell("last_used_at"),
                ]
            }.show(server, limit: limit)
        }
    }

    /// `fanfare key revoke`.
    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke", abstract: "Ends a key at once.",
            discussion: """
                EXAMPLES:
                  fanfare key revoke key_4fQ…
                """)

        @Argument(help: ArgumentHelp("The key's id, as key list shows it.", valueName: "id"))
        var id: String

        @OptionGroup var server: ServerOptions

        func run() throws {
            try server.run { [id] client in
                try await client.send("DELETE", "/v1/keys/\(ServerClient.escaped(id))")
            } show: { _ in
                Terminal.output("\(id): revoked")
            }
        }
    }
}
