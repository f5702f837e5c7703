import Foundation
import Testing

/// Command lines and inputs that cannot be used end with 2 and a message that says what is wrong.
@Suite(.serialized) struct UsageTests {
    /// One mistake.
    struct Mistake: CustomTestStringConvertible, Sendable {
        var arguments: [String]
        /// What the message must contain.
        var says: [String]

        init(_ arguments: [String], _ says: [String]) {
            self.arguments = arguments
            self.says = says
        }

        var testDescription: String { arguments.joined(separator: " ") }
    }

    /// Options added to a `send` that is right; the last one of a name counts.
    static let sendMistakes = [
        Mistake(["--rate", "5x"], ["--rate", "5x", "/s, /m or /h"]),
        Mistake(["--rate", "0"], ["--rate", "more than 0"]),
        Mistake(["--rate", ""], ["--rate", "100, 0.5/s"]),
        Mistake(["--rate", "10", "--burst", "0"], ["--burst: a burst of 0", "from 1"]),
        Mistake(["--burst", "5"], ["--burst", "no --rate"]),
        Mistake(["--burst", "x"], ["--burst", "x"]),
        Mistake(["--guarantee", "maybe"], ["--guarantee", "at-least-once or at-most-once"]),
        Mistake(["--header", "nothing"], ["--header", "'Name: value'"]),
        Mistake(["--header", ": value"], ["--header", "'Name: value'"]),
        Mistake(["--header", "two words: value"], ["--header", "'Name: value'"]),
        Mistake(["--header", "webhook-id: 1"], ["--header", "idempotency key"]),
        Mistake(["--header", "Webhook-ID: 1"], ["--header", "idempotency key"]),
        Mistake(["--header", "Content-Length: 1"], ["--header", "Content-Length"]),
        Mistake(["--header", "transfer-encoding: x"], ["--header", "transfer-encoding"]),
        Mistake(["--header", "X: a\nY: b"], ["--header", "control character"]),
        Mistake(["--header", "X: {{ a b }}"], ["--header X:1:", "expected"]),
        Mistake(["--method", "GET"], ["--method", "POST or PUT or PATCH or DELETE"]),
        Mistake(["--webhook", "ftp://host/"], ["--webhook", "http://host/path"]),
        Mistake(["--webhook", "host/path"], ["--webhook", "http://host/path"]),
        Mistake(["--webhook", "http://"], ["--webhook", "http://host/path"]),
        Mistake(["--webhook", "http://127.0.0.1:65536/"], ["--webhook", "http://host/path"]),
        Mistake(["--webhook", "http://127.0.0.1/a b"], ["--webhook", "http://host/path"]),
        Mistake(["--webhook", "http://me:secret@127.0.0.1/"], ["--webhook", "user name"]),
        Mistake(["--webhook", "http://127.0.0.1/{{ x"], ["--webhook:1:", "expected"]),
        Mistake(["--audience", "missing.csv"], ["--audience", "missing.csv", "No such file"]),
        Mistake(["--template", "missing.j2"], ["--template", "missing.j2"]),
        Mistake(["--audience-format", "xml"], ["--audience-format", "csv or jsonl"]),
        Mistake(["--max-rejects", "some"], ["--max-rejects", "1%"]),
        Mistake(["--max-rejects", "101%"], ["--max-rejects", "101%"]),
        Mistake(["--connections", "0"], ["--connections", "1 to "]),
        Mistake(["--max-in-flight", "0"], ["--max-in-flight", "1 to "]),
        Mistake(["--shards", "65"], ["--shards", "1 to 64"]),
        Mistake(["--attempts", "0"], ["--attempts", "1 to 255"]),
        Mistake(["--attempts", "256"], ["--attempts", "1 to 255"]),
        Mistake(["--timeout", "10"], ["--timeout", "250ms"]),
        Mistake(["--timeout", "0s"], ["--timeout", "1 to "]),
        Mistake(["--timeout", "2h"], ["--timeout", "3600000"]),
        Mistake(["--unheard-of"], ["--unheard-of"]),
        Mistake(["--rate"], ["--rate", "Missing value"]),
    ]

    @Test(arguments: sendMistakes)
    func aMistakeInSendIsNamedBeforeAnythingIsMade(_ mistake: Mistake) async throws {
        try await Workbench.use { bench in
            let arguments = try bench.send(
                bench.audience(1), to: "http://127.0.0.1:9/", mistake.arguments)
            let ending = try await bench.run(arguments, exits: 2)
            for text in mistake.says { #expect(ending.errors.contains(text), "\(ending.errors)") }
            #expect(!ending.errors.contains("secret"), "a password is not repeated")
            #expect(ending.output.isEmpty)
            #expect(!bench.exists("state"))
        }
    }

    /// Mistakes that the command line library or the other commands find.
    static let otherMistakes = [
        Mistake(["frobnicate"], ["frobnicate"]),
        Mistake(["send"], ["--audience", "Usage: fanfare send"]),
        Mistake(["resume"], ["<dir>"]),
        Mistake(["resume", "missing"], ["missing"]),
        Mistake(["resume", "other"], ["other", "not a campaign"]),
        Mistake(["verify", "missing"], ["missing"]),
        Mistake(["verify", "other"], ["other", "not a campaign"]),
        Mistake(["outcomes", "missing"], ["missing"]),
        Mistake(["outcomes", "other"], ["other", "not a campaign"]),
        Mistake(["outcomes", "other", "--format", "xml"], ["--format", "csv or jsonl"]),
        Mistake(["outcomes", "other", "--status", "lost"], ["--status", "pending, sent, failed"]),
        Mistake(["retry", "other"], ["--status"]),
        Mistake(["retry", "other", "--status", "failed"], ["other", "not a campaign"]),
        Mistake(["retry", "other", "--status", "sent"], ["--status", "failed or unknown"]),
        Mistake(["retry", "other", "--status", "pending"], ["--status", "failed or unknown"]),
        Mistake(["generate"], ["--recipients"]),
        Mistake(["generate", "--recipients", "many"], ["--recipients", "many"]),
        Mistake(
            ["generate", "--recipients", "1", "--format", "xml"], ["--format", "csv or jsonl"]),
        Mistake(
            ["generate", "--recipients", "1", "--output", "no/file"], ["--output", "no/file"]),
        Mistake(["sink", "--listen", "nowhere"], ["--listen", "nowhere", "127.0.0.1:9000"]),
        Mistake(["sink", "--latency", "soon"], ["latency", "5ms"]),
        Mistake(["sink", "--respond", "999:1"], ["200 to 599"]),
        Mistake(["sink", "--respond", "200:0.9,500:0.2"], ["more than 1"]),
        Mistake(["sink", "--retry-after", "1"], ["retry-after", "1.5s"]),
        Mistake(["sink", "--reset", "2"], ["reset", "0 to 1"]),
        Mistake(["sink", "--stall", "x"], ["stall", "0 to 1"]),
    ]

    @Test(arguments: otherMistakes)
    func aMistakeInAnotherCommandIsNamed(_ mistake: Mistake) async throws {
        try await Workbench.use { bench in
            try FileManager.default.createDirectory(
                atPath: bench.path("other"), withIntermediateDirectories: false)
            try bench.write("not ours", to: "other/file")
            let line = mistake.arguments.map { "'\($0)'" }.joined(separator: " ")
            let ending = try await bench.shell("exec \"$0\" \(line)")
            #expect(ending.how == .exit(2))
            for text in mistake.says { #expect(ending.errors.contains(text), "\(ending.errors)") }
            #expect(ending.output.isEmpty)
            #expect(try bench.read("other/file") == "not ours")
        }
    }

    @Test(arguments: [
        ("", "line 1, column 1: the file is empty"),
        ("name,order\nAda,1\n", "line 1, column 1: the header has no column user_id or userId"),
        ("user_id;order\na;1\n", "columns must be separated by commas"),
        ("user_id,a,a\nx,1,2\n", "the header has the column a twice"),
        ("user_id,order\n", "it has no recipients"),
    ])
    func anAudienceThatIsNoneIsRefused(_ text: String, _ says: String) async throws {
        try await Workbench.use { bench in
            let audience = try bench.write(text, to: "audience.csv")
            let ending = try await bench.run(
                bench.send(audience, to: "http://127.0.0.1:9/"), exits: 2)
            #expect(ending.errors.contains("--audience: \(audience)"))
            #expect(ending.errors.contains(says))
            #expect(!bench.exists("state"))
        }
    }

    @Test func aTemplateErrorHasLineAndColumnAndShowsThePlace() async throws {
        try await Workbench.use { bench in
            let template = try bench.template("Hello\n  {{ receiver.id }, how are you?\n")
            let ending = try await bench.run(
                bench.send(bench.audience(1), to: "http://127.0.0.1:9/"), exits: 2)
            #expect(ending.errors.contains("\(template):2:18: "), "\(ending.errors)")
            #expect(ending.errors.contains("  {{ receiver.id }, how are you?\n"))
            #expect(ending.errors.contains("^"))
            #expect(!bench.exists("state"))
        }
    }

    @Test func aTemplateThatIsNoTextIsRefused() async throws {
        try await Workbench.use { bench in
            try Data([0x7B, 0xFF, 0xFE]).write(
                to: URL(fileURLWithPath: bench.path("template.j2")))
            let ending = try await bench.run(
                bench.send(bench.audience(1), to: "http://127.0.0.1:9/"), exits: 2)
            #expect(ending.errors.contains("--template: \(bench.path("template.j2")) is not UTF-8"))
        }
    }

    @Test func aDirectoryOfSomebodyElseIsLeftAlone() async throws {
        try await Workbench.use { bench in
            try FileManager.default.createDirectory(
                atPath: bench.state, withIntermediateDirectories: false)
            try bench.write("not ours", to: "state/file")
            let ending = try await bench.run(
                bench.send(bench.audience(1), to: "http://127.0.0.1:9/"), exits: 2)
            #expect(ending.errors.contains("--state"))
            #expect(ending.errors.contains("it holds other files"))
            let names = try FileManager.default.contentsOfDirectory(atPath: bench.state)
            #expect(names == ["file"])
        }
    }
}
