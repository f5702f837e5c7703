import Testing

/// The commands that talk to a server, with a server: what it answers is what they read.
@Suite(.serialized) struct ClientServerTests {
    @Test func usersAreImportedAndACampaignIsStartedWatchedAndShown() async throws {
        try await Workbench.use { bench in
            let sink = try await bench.sink()
            let server = try await bench.serve(["--allow-private-networks"])
            let key = try #require(server.key)
            let environment = ["FANFARE_SERVER": server.url, "FANFARE_KEY": key]
            func fanfare(_ arguments: String..., exits code: Int32 = 0) async throws -> Ending {
                try await bench.run(arguments, exits: code, environment: environment)
            }
            let file = try bench.write("user_id,name\na,Ann\nb,Bob\n,Nobody\n", to: "users.csv")
            let imported = try await fanfare("import", "users", file, exits: 3)
            #expect(imported.output.hasPrefix("3 rows: 2 created, 0 updated, 1 rejected, in "))
            #expect(
                imported.errors == """
                    LINE  CODE     FIELD  MESSAGE
                       4  missing  /id    is required

                    """)
            for (path, body) in [
                (
                    "templates",
                    """
                    {"id":"t","name":"T","channel_type":"webhook","message_type":"marketing",\
                    "content":{"format":"text","body":"Hi","url":"\(sink.url)"}}
                    """
                ),
                ("templates/t/versions/1/publish", "{}"),
                ("segments", #"{"id":"s","name":"S","all_users":true}"#),
                ("campaigns", #"{"id":"c","name":"C","template_id":"t","segment_ids":["s"]}"#),
            ] {
                let answer = try server.post("/v1/\(path)", body, key: key)
                #expect((200..<300).contains(answer.status), "\(path): \(answer.body)")
            }
            let draft = try await fanfare("campaign", "list").output
            #expect(draft.contains(/c +C +draft +- +0 +0\b/))
            #expect(try await fanfare("campaign", "start", "c").output == "c: running\n")
            let watched = try await fanfare("campaign", "watch", "c").output
            #expect(watched.contains("completed · 2 of 2 (100.0 %) · 2 sent"))
            #expect(try await fanfare("campaign", "list").output.contains(/completed +2 +2 +0\b/))
            let shown = try await fanfare("campaign", "show", "c").output
            #expect(shown.contains(/\nrecipients +2\n/))
            #expect(!shown.contains("REASON"), "nothing went wrong")
            let again = try await fanfare("campaign", "stop", "c", exits: 4)
            #expect(again.errors.contains("it allows delete, copy, retry_failed"))
            _ = try await server.stop()
        }
    }
}
