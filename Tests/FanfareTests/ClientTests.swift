import Foundation
import Glibc
import Testing

/// The commands that talk to a server: what they ask for, print, and exit with.
@Suite(.serialized) struct ClientTests {
    /// The environment of a client of a server of this process.
    static func environment(_ server: RecordingServer) -> [String: String] {
        ["FANFARE_SERVER": "http://127.0.0.1:\(server.port)", "FANFARE_KEY": "ff_test"]
    }

    @Test func keysAreMadeListedAndRevokedOnARealServer() async throws {
        try await Workbench.use { bench in
            let server = try await bench.serve()
            let key = try #require(server.key)
            let environment = ["FANFARE_SERVER": server.url, "FANFARE_KEY": key]
            let made = try await bench.run(
                ["key", "create", "ci", "--permission", "view_campaigns"], environment: environment)
            let secret = made.output.trimmingCharacters(in: .newlines)
            #expect(secret.wholeMatch(of: /ff_[A-Za-z0-9]{40}/) != nil)
            #expect(try server.get("/v1/app", key: secret).status == 200)
            let list = try await bench.run(["key", "list"], environment: environment).output
            let rows = list.split(separator: "\n").map {
                $0.split(separator: /\s{2,}/).map(String.init)
            }
            #expect(
                rows.first == [
                    "ID", "NAME", "PERMISSIONS", "CREATED", "EXPIRES", "REVOKED", "LAST USED",
                ])
            let row = try #require(rows.first { $0.count > 2 && $0[1] == "ci" })
            #expect(row[2] == "view_campaigns")
            let revoked = try await bench.run(["key", "revoke", row[0]], environment: environment)
            #expect(revoked.output == "\(row[0]): revoked\n")
            #expect(try server.get("/v1/app", key: secret).status == 401)
            // The key can be in a file, and the address an option.
            let file = try bench.write("\(key)\n", to: "admin.key")
            let raw = try await bench.run(
                ["key", "list", "--server", "\(server.url)/", "--key-file", file, "--json"])
            #expect(raw.output.hasPrefix(#"{"keys":[{"#))
            _ = try await server.stop()
        }
    }

    @Test func aRefusalIsOneSentenceWithTheWrongFieldsAndExits4() async throws {
        try await Workbench.use { bench in
            let server = try await bench.serve()
            let environment = ["FANFARE_SERVER": server.url, "FANFARE_KEY": server.key ?? ""]
            let wrong = try await bench.run(
                [
                    "key", "create", "x", "--permission", "fly", "--expires-at", "tomorrow",
                ], exits: 4, environment: environment)
            #expect(wrong.errors.hasPrefix("error: The input breaks a rule (validation_failed): "))
            #expect(wrong.errors.contains("/permissions/0: "))
            #expect(wrong.errors.contains("/expires_at: "))
            #expect(wrong.errors.split(separator: "\n").count == 1)
            let unknown = try await bench.run(
                ["key", "revoke", "a/b c"], exits: 4, environment: environment)
            #expect(
                unknown.errors
                    == "error: There is no such resource (not_found): there is no key “a/b c”\n")
            let stranger = try await bench.run(
                ["key", "list"], exits: 4,
                environment: ["FANFARE_SERVER": server.url, "FANFARE_KEY": "ff_nobody"])
            #expect(stranger.errors.contains("An API key is needed (unauthenticated)"))
            _ = try await server.stop()
        }
    }

    @Test func withoutAnAnswerTheExitIs1AndTheServerIsNamed() async throws {
        try await Workbench.use { bench in
            let (socket, port) = try Loopback.listen()
            close(socket)
            let ending = try await bench.run(
                ["key", "list", "--server", "http://127.0.0.1:\(port)"], exits: 1,
                environment: ["FANFARE_KEY": "ff_test"])
            #expect(ending.errors.contains("no answer from http://127.0.0.1:\(port)"))
        }
    }

    @Test func aFailureOfTheServerExits1() async throws {
        try await Workbench.use { bench in
            let server = try bench.server { request in
                switch request.path {
                case "/v1/keys?limit=1000": .status(502, body: "<html>")
                case "/v1/limits": .status(200, body: "<html>")
                default: .status(302, headers: ["Location: http://127.0.0.1:1/elsewhere"])
                }
            }
            let environment = Self.environment(server)
            let gateway = try await bench.run(["key", "list"], exits: 1, environment: environment)
            #expect(gateway.errors.contains("status 502 and no explanation"))
            let html = try await bench.run(["limits", "show"], exits: 1, environment: environment)
            #expect(html.errors.contains("not valid JSON"))
            // The key is not carried to where the server points.
            let moved = try await bench.run(
                ["campaign", "start", "a"], exits: 1, environment: environment)
            #expect(moved.errors.contains("http://127.0.0.1:1/elsewhere"), "\(moved.errors)")
        }
    }

    @Test func withoutAUsableKeyOrAddressTheExitIs2() async throws {
        try await Workbench.use { bench in
            let empty = try bench.write("\n", to: "empty.key")
            let cases: [(arguments: [String], environment: [String: String], says: String)] = [
                (["key", "list"], [:], "export FANFARE_KEY"),
                (
                    ["key", "list"], ["FANFARE_KEY": "two words"],
                    "FANFARE_KEY: expected an API key"
                ),
                (["key", "list", "--key-file", empty], [:], "--key-file: expected an API key"),
                (["key", "list", "--key-file", "no.key"], [:], "No such file"),
                (["key", "list", "--server", "x"], ["FANFARE_KEY": "k"], "--server: “x”"),
                (
                    ["key", "list"], ["FANFARE_KEY": "k", "FANFARE_SERVER": "y"],
                    "FANFARE_SERVER: “y”"
                ),
                (["key", "list", "--limit", "0"], ["FANFARE_KEY": "k"], "--limit"),
                (["key", "list", "--key", "ff_x"], ["FANFARE_KEY": "k"], "--key"),
                (["limits", "set", "app"], ["FANFARE_KEY": "k"], "nothing to set"),
                (["limits", "set", "moon", "--burst", "1"], ["FANFARE_KEY": "k"], "“moon”"),
                (["limits", "set", "app", "--rate", "5x"], ["FANFARE_KEY": "k"], "--rate"),
                (["limits", "set", "host", "--burst", "1"], ["FANFARE_KEY": "k"], "which host?"),
                (
                    ["limits", "set", "app", "--in-flight", "many"], ["FANFARE_KEY": "k"],
                    "expected a number or unlimited"
                ),
                (["import", "users", "nowhere.csv"], ["FANFARE_KEY": "k"], "No such file"),
                (["import", "users", bench.folder], ["FANFARE_KEY": "k"], "no regular file"),
                (["import", "users", empty], ["FANFARE_KEY": "k"], "--format"),
            ]
            for (arguments, environment, says) in cases {
                let ending = try await bench.run(arguments, exits: 2, environment: environment)
                #expect(ending.errors.contains(says), "\(arguments): \(ending.errors)")
            }
        }
    }

    @Test func limitsAreShownAsATableAndOneIsChangedAmongTheOthers() async throws {
        try await Workbench.use { bench in
            let limits = """
                {"limits":[{"level":"app","name":"","rate":"unlimited","burst":null,\
                "in_flight":null,"updated_at":null},{"level":"host","name":"a.example",\
                "rate":"100/s","burst":10,"in_flight":4}]}
                """
            let server = try bench.server { request in
                let isPut = request.line.hasPrefix("PUT")
                return .status(200, body: isPut ? #"{"limits":[]}"# : limits)
            }
            let environment = Self.environment(server)
            let shown = try await bench.run(["limits", "show"], environment: environment)
            #expect(
                shown.output == """
                    LEVEL  NAME       RATE       BURST  IN FLIGHT
                    app    -          unlimited      -          -
                    host   a.example  100/s         10          4

                    """)
            _ = try await bench.run(
                ["limits", "set", "app", "--rate", "2000/s"], environment: environment)
            let put = try #require(server.requests.last)
            #expect(put.line == "PUT /v1/limits HTTP/1.1")
            #expect(put.header("authorization") == "Bearer ff_test")
            // Not the others: somebody else may have changed them meanwhile.
            #expect(put.body == #"{"limits":[{"level":"app","name":"","rate":"2000/s"}]}"#)
            #expect(server.requests.count == 2)
            _ = try await bench.run(
                ["limits", "set", "host", "http://b.example", "--in-flight", "unlimited"],
                environment: environment)
            #expect(
                server.requests.last?.body == """
                    {"limits":[{"in_flight":null,"level":"host","name":"http://b.example"}]}
                    """)
        }
    }

    @Test func limitsThatTwoOperatorsSetAreBothInForce() async throws {
        try await Workbench.use { bench in
            let server = try await bench.serve()
            let environment = ["FANFARE_SERVER": server.url, "FANFARE_KEY": server.key ?? ""]
            for arguments in [
                ["app", "--rate", "100/s", "--burst", "7"], ["app", "--in-flight", "5"],
                ["app", "--rate", "200/s"], ["host", "http://a.example", "--in-flight", "9"],
            ] {
                try await bench.run(["limits", "set"] + arguments, environment: environment)
            }
            let shown = try await bench.run(["limits", "show"], environment: environment)
            #expect(
                shown.output == """
                    LEVEL  NAME                 RATE       BURST  IN FLIGHT
                    app    -                    200/s          7          5
                    host   http://a.example:80  unlimited      -          9

                    """)
            let lifted = try await bench.run(
                ["limits", "set", "app", "--rate", "unlimited", "--in-flight", "unlimited"],
                environment: environment)
            #expect(!lifted.output.contains("app "))
            _ = try await server.stop()
        }
    }

    @Test func anImportSendsTheFileAsItIsAndShowsWhatWasRejected() async throws {
        try await Workbench.use { bench in
            let rows = (0..<40_000).map { "u\($0),Name \($0)\n" }
            let text = "user_id,name\n" + rows.joined()
            let file = try bench.write(text, to: "users.csv")
            let server = try bench.server { request in
                let isCSV = request.header("content-type") == "text/csv"
                return .status(
                    200,
                    body: isCSV
                        ? """
                        {"rows":40000,"created":39998,"updated":1,"rejected":1,"errors":[{"line":1007,\
                        "code":"missing_id","path":"/id","message":"no \\u001b[2J user id"}],\
                        "errors_omitted":0,"seconds":0.5}
                        """
                        : """
                        {"rows":1,"created":1,"updated":0,"rejected":0,"errors":[],\
                        "errors_omitted":0,"seconds":0.1}
                        """)
            }
            let environment = Self.environment(server)
            let ending = try await bench.run(
                ["import", "users", file], exits: 3, environment: environment)
            let request = try #require(server.requests.last)
            #expect(request.line == "POST /v1/users/import?mode=upsert HTTP/1.1")
            #expect(request.header("content-encoding") == nil)
            #expect(request.body == text)
            #expect(
                ending.output
                    == "40,000 rows: 39,998 created, 1 updated, 1 rejected, in 0.5 s\n")
            #expect(
                ending.errors == """
                    LINE  CODE        FIELD  MESSAGE
                    1007  missing_id  /id    no \u{FFFD}[2J user id

                    """)
            let zipped = bench.path("export.bin")
            try Data([0x1F, 0x8B, 8, 0]).write(to: URL(fileURLWithPath: zipped))
            _ = try await bench.run(
                ["import", "users", zipped, "--format", "jsonl"], environment: environment)
            #expect(server.requests.last?.header("content-encoding") == "gzip")
            #expect(server.requests.last?.header("content-type") == "application/x-ndjson")
        }
    }
}
