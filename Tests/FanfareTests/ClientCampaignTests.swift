import Foundation
import Glibc
import Synchronization
import Testing

/// `fanfare campaign …` against a server that answers as told.
@Suite(.serialized) struct ClientCampaignTests {
    @Test func aListGoesOverPagesAndIsAligned() async throws {
        try await Workbench.use { bench in
            func row(_ id: String, _ status: String, _ stats: String) -> String {
                """
                {"id":"\(id)","name":"Näme \(id)","status":"\(status)",\
                "created_at":"2026-11-21T17:24:21.938Z","started_at":null,"stats":\(stats)}
                """
            }
            let nobody = #"{"status":"draft","total":0,"sent":0,"failed":0}"#
            let some = #"{"status":"running","total":12345,"sent":1200,"failed":3}"#
            let pages = [
                "/v1/campaigns?limit=3":
                    #"{"campaigns":[\#(row("a", "draft", nobody))],"next":"n 1"}"#,
                "/v1/campaigns?limit=2&next=n%201": """
                {"campaigns":[\(row("long-id", "running", some)),\
                \(row("c", "stopped", some))],"next":"n2"}
                """,
            ]
            let server = try bench.server { request in
                .status(pages[request.path] == nil ? 404 : 200, body: pages[request.path] ?? "")
            }
            let ending = try await bench.run(
                ["campaign", "list", "--limit", "3"],
                environment: ClientTests.environment(server))
            #expect(
                ending.output == """
                    ID       NAME          STATUS   RECIPIENTS   SENT  FAILED  CREATED
                    a        Näme a        draft             -      0       0  2026-11-21T17:24:21Z
                    long-id  Näme long-id  running      12,345  1,200       3  2026-11-21T17:24:21Z
                    c        Näme c        stopped      12,345  1,200       3  2026-11-21T17:24:21Z

                    """)
            #expect(ending.errors.contains("there are more"))
        }
    }

    @Test func aCampaignIsShownWithItsFiguresAndReasons() async throws {
        try await Workbench.use { bench in
            let server = try bench.server { request in
                request.path.hasSuffix("/stats")
                    ? .status(200, body: Self.stats("running", sent: 90, reasons: true))
                    : .status(
                        200,
                        body: """
                            {"id":"a b","name":"Spring","title":"","status":"running",\
                            "status_reason":null,\
                            "created_at":"2026-11-21T17:24:21.938Z","started_at":null}
                            """)
            }
            let ending = try await bench.run(
                ["campaign", "show", "a b"], environment: ClientTests.environment(server))
            #expect(server.requests.map(\.path).first == "/v1/campaigns/a%20b")
            #expect(
                ending.output == """
                    id            a b
                    name          Spring
                    status        running
                    recipients    100
                    created at    2026-11-21T17:24:21Z
                    sent          90
                    failed        2
                    skipped       0
                    unknown       0
                    pending       8
                    in flight     4
                    read          1
                    acknowledged  0
                    missed        0
                    slowed by     provider webhook, 100/s

                    STATUS  REASON    COUNT
                    failed  http_500      2

                    """)
        }
    }

    @Test func actionsSayTheStateAfterThem() async throws {
        try await Workbench.use { bench in
            let server = try bench.server { request in
                request.path.hasSuffix("/pause")
                    ? .status(200, body: #"{"status":"paused","in_flight":0,"took_ms":38}"#)
                    : .status(200, body: #"{"id":"a","status":"running"}"#)
            }
            let environment = ClientTests.environment(server)
            for (action, says) in [
                ("start", "a: running\n"), ("pause", "a: paused after 38 ms, 0 in flight\n"),
                ("resume", "a: running\n"), ("stop", "a: running\n"),
            ] {
                let ending = try await bench.run(
                    ["campaign", action, "a"], environment: environment)
                #expect(ending.output == says)
                #expect(server.requests.last?.line == "POST /v1/campaigns/a/\(action) HTTP/1.1")
            }
            let raw = try await bench.run(
                ["campaign", "pause", "a", "--json"], environment: environment)
            #expect(raw.output == #"{"status":"paused","in_flight":0,"took_ms":38}"# + "\n")
        }
    }

    static let ends: [(String, Int32)] = [
        ("completed", 0), ("completed_partial", 3), ("failed", 3), ("stopped", 1),
    ]

    @Test(arguments: ends)
    func aWatchEndsWithTheCampaignAndSaysHowInItsExitCode(
        _ status: String, _ code: Int32
    ) async throws {
        try await Workbench.use { bench in
            let server = try bench.server(Self.progress(to: status))
            let ending = try await bench.run(
                ["campaign", "watch", "a"], exits: code,
                environment: ClientTests.environment(server))
            let lines = ending.output.split(separator: "\n")
            #expect(lines.count == 2)
            #expect(
                lines.first == """
                    running · 12 of 100 (12.0 %) · 10 sent · 2 failed · 0 skipped · 0 unknown · \
                    88 pending · 2,000/s · 4 in flight · 42 s left · \
                    slowed by provider webhook, 100/s
                    """)
            #expect(lines.last?.hasPrefix("\(status) · 100 of 100 (100.0 %)") == true)
            #expect(!ending.output.contains("\u{1B}"))
        }
    }

    @Test func onATerminalAWatchIsRedrawnInPlace() async throws {
        try await Workbench.use { bench in
            let server = try bench.server(Self.progress(to: "completed"))
            let program = try bench.start(
                [
                    "-qec", "'\(FanfareBinary.path)' campaign watch a", "/dev/null",
                ],
                environment: ClientTests.environment(server).merging(["TERM": "xterm"]) { $1 },
                executable: "/usr/bin/script")
            let ending = try await program.end()
            #expect(ending.how == .exit(0))
            #expect(ending.output.contains("Spring (a): running"))
            #expect(ending.output.contains("slowed by provider webhook, 100/s"))
            // Up over the five lines of the running campaign.
            #expect(ending.output.contains("\u{1B}[5A"))
            #expect(ending.output.contains("Spring (a): completed"))
        }
    }

    @Test func anInterruptEndsTheWatchAndNotTheCampaign() async throws {
        try await Workbench.use { bench in
            let server = try bench.server { request in
                .status(
                    200,
                    body: request.path.hasSuffix("/stats")
                        ? Self.stats("running", sent: 10) : #"{"name":"Spring"}"#)
            }
            let program = try bench.start(
                ["campaign", "watch", "a"], environment: ClientTests.environment(server))
            try await Deadline.wait(for: "figures") { program.output.contains("running") }
            program.send(signal: SIGINT)
            let ending = try await bench.end(program, exits: 1)
            #expect(ending.errors.contains("a goes on without this window"))
            #expect(server.requests.allSatisfy { $0.line.hasPrefix("GET ") })
        }
    }

    @Test func aWatchOutlivesARestartOfTheServer() async throws {
        try await Workbench.use { bench in
            let script = Self.progress(to: "completed")
            let failures = Atomic<Int>(0)
            let server = try bench.server { request in
                guard request.path.hasSuffix("/stats") else { return script(request) }
                // More than once: a request on a connection that served before is made again.
                let isAway = (2...4).contains(failures.add(1, ordering: .relaxed).newValue)
                return isAway ? .hangUp : script(request)
            }
            let ending = try await bench.run(
                ["campaign", "watch", "a"], environment: ClientTests.environment(server))
            #expect(failures.load(ordering: .relaxed) > 4)
            #expect(ending.errors.contains("no answer from"))
            #expect(ending.errors.contains("asking again"))
        }
    }

    @Test func anInterruptDoesNotWaitForAServerThatIsSilent() async throws {
        try await Workbench.use { bench in
            let isOver = Atomic<Bool>(false)
            defer { isOver.store(true, ordering: .relaxed) }
            let asked = Atomic<Bool>(false)
            let server = try bench.server { request in
                guard request.path.hasSuffix("/stats") else {
                    return .status(200, body: #"{"name":"Spring"}"#)
                }
                asked.store(true, ordering: .relaxed)
                while !isOver.load(ordering: .relaxed) { usleep(2_000) }
                return .hangUp
            }
            let program = try bench.start(
                ["campaign", "watch", "a"], environment: ClientTests.environment(server))
            try await Deadline.wait(for: "a request") { asked.load(ordering: .relaxed) }
            program.send(signal: SIGINT)
            let ending = try await bench.end(program, exits: 1, within: .seconds(20))
            #expect(ending.errors.contains("a goes on without this window"))
        }
    }

    @Test func anActionThatTheStateDoesNotAllowIsRefusedWithThoseItAllows() async throws {
        try await Workbench.use { bench in
            let server = try bench.server { _ in
                .status(
                    409,
                    body: """
                        {"code":"action_not_allowed","title":"The state does not allow this action",\
                        "detail":"a campaign that is running cannot start","status":409,\
                        "allowed_actions":["copy","pause","stop"],"state":"running"}
                        """)
            }
            let ending = try await bench.run(
                ["campaign", "start", "a"], exits: 4, environment: ClientTests.environment(server))
            #expect(
                ending.errors == """
                    error: The state does not allow this action (action_not_allowed): a campaign \
                    that is running cannot start; it allows copy, pause, stop

                    """)
        }
    }

    // MARK: Answers

    /// A campaign that runs when it is asked about for the first time, and then has ended.
    static func progress(
        to status: String
    ) -> @Sendable (RecordedRequest) -> RecordingServer.Reply {
        let asked = Counter()
        return { request in
            guard request.path.hasSuffix("/stats") else {
                return .status(200, body: #"{"id":"a","name":"Spring","status":"running"}"#)
            }
            let isFirst = asked.count.add(1, ordering: .relaxed).newValue == 1
            return .status(
                200,
                body: isFirst ? stats("running", sent: 10) : stats(status, sent: 98))
        }
    }

    private final class Counter: Sendable {
        let count = Atomic<Int>(0)
    }

    private static let reasons = """
        {"status":"sent","reason":"none","count":90},\
        {"status":"failed","reason":"http_500","count":2}
        """

    /// The figures of a campaign to 100.
    static func stats(_ status: String, sent: Int, reasons: Bool = false) -> String {
        let isRunning = status == "running"
        return """
            {"status":"\(status)","total":100,"sent":\(sent),"failed":2,"skipped":0,"unknown":0,\
            "pending":\(98 - sent),"in_flight":4,"read":1,"acknowledged":0,"missed":0,\
            "reasons":[\(reasons ? Self.reasons : "")],\
            "rates":{},"sends_per_second":2000.4,"seconds_left":\(isRunning ? "42" : "null"),\
            "bottleneck":\(isRunning
                ? #"{"limit":"provider","name":"webhook","value":"100/s"}"# : "null")}
            """
    }
}
