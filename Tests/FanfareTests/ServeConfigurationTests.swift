import Foundation
import Glibc
import Testing

/// Where the options of `fanfare serve` come from, and what it says of those it cannot use.
@Suite(.serialized) struct ServeConfigurationTests {
    static let files = [
        (
            "fanfare.toml",
            "listen = \"127.0.0.1:0\"\nlog_format = \"json\"\nlog_level = \"debug\"\n"
        ),
        ("fanfare.yaml", "listen: 127.0.0.1:0\nlog_format: json\nlog_level: debug\n"),
        (
            "fanfare.json",
            #"{"listen": "127.0.0.1:0", "log_format": "json", "log_level": "debug"}"#
        ),
    ]

    @Test(arguments: files)
    func flagsWinOverTheEnvironmentAndThatOverTheFile(_ name: String, _ text: String) async throws {
        try await Workbench.use { bench in
            let file = try bench.write(text, to: name)
            // Each source says the level; the two others are what it wins over.
            let cases: [(flags: [String], environment: [String: String], level: String)] = [
                ([], [:], "debug"),
                ([], ["FANFARE_LOG_LEVEL": "notice"], "notice"),
                (["--log-level", "error"], ["FANFARE_LOG_LEVEL": "notice"], "error"),
            ]
            for (flags, environment, level) in cases {
                let program = try bench.start(
                    ["serve", "--data", bench.path("data"), "--config", file] + flags,
                    environment: environment)
                let server = try await FanfareServer(program)
                #expect(try server.get("/healthz").status == 200)
                let ending = try await server.stop()
                #expect(ending.how == .exit(0))
                let levels = try Set(Self.entries(ending.errors).map { $0["level"] ?? "" })
                let expected: Set<String> =
                    switch level {
                    case "debug": ["debug", "info", "notice"]
                    case "notice": ["notice"]
                    default: []
                    }
                #expect(levels == expected, "\(level): \(ending.errors)")
            }
        }
    }

    /// The log as JSON, a line each.
    private static func entries(_ log: String) throws -> [[String: String]] {
        try log.split(separator: "\n").map { line in
            let entry = try JSONSerialization.jsonObject(with: Data(line.utf8))
            let fields = try #require(entry as? [String: Any])
            #expect(["time", "level", "label", "message"].allSatisfy { fields[$0] is String })
            return fields.compactMapValues { $0 as? String }
        }
    }

    @Test func theFileCanBeNamedByTheEnvironment() async throws {
        try await Workbench.use { bench in
            let file = try bench.write(
                "data: \(bench.path("data"))\nlisten: '[::1]:0'\nmetrics: no\n", to: "a.yml")
            let program = try bench.start(["serve"], environment: ["FANFARE_CONFIG": file])
            let server = try await FanfareServer(program)
            #expect(program.output.contains("listening on http://[::1]:"))
            _ = try await server.stop()
        }
    }

    /// A file or an environment with a mistake, and what the message says.
    struct Mistake: Sendable, CustomTestStringConvertible {
        var file = ""
        var text = ""
        var flags: [String] = []
        var environment: [String: String] = [:]
        var says: [String]

        var testDescription: String { "\(file) \(text) \(flags) \(environment)" }
    }

    static let mistakes = [
        Mistake(file: "a.toml", text: "shardz = 3\n", says: ["a.toml: unknown key “shardz”"]),
        Mistake(
            file: "a.yaml", text: "shards: 1\nlisten: here\n", says: ["a.yaml:2: listen: “here”"]),
        Mistake(file: "b.yaml", text: "a: 1\nb: [\n", says: ["b.yaml:", "error"]),
        Mistake(
            file: "c.yaml", text: "x: 1\nlog_levl: info\n", says: ["c.yaml:1: unknown key “x”"]),
        Mistake(file: "a.json", text: "{\"metrics\": [true]}", says: ["a.json: metrics: expected"]),
        Mistake(file: "b.json", text: "{\n\"metrics\" true}", says: ["b.json:2: not valid JSON"]),
        Mistake(file: "b.toml", text: "shards = 1\nlisten =\n", says: ["b.toml:2: "]),
        Mistake(file: "c.toml", text: "[log]\nlevel = 1\n", says: ["c.toml: unknown key “log”"]),
        Mistake(file: "a.ini", text: "x", says: ["a.ini", ".toml, .yaml, .yml or .json"]),
        Mistake(
            file: "d.toml", text: "shutdown_timeout = 30\n",
            says: ["d.toml: shutdown_timeout: “30”", "a time such as 30s"]),
        Mistake(
            environment: ["FANFARE_SHARDS": "many"],
            says: ["FANFARE_SHARDS: “many”", "from 1 to 64"]),
        Mistake(flags: ["--listen", "8080"], says: ["--listen: “8080”", "[::1]:8080"]),
        Mistake(flags: ["--listen", "::1:80"], says: ["--listen: “::1:80”"]),
        Mistake(flags: ["--log-level=loud"], says: ["--log-level: “loud”", "trace, debug"]),
        Mistake(flags: ["--public-url", "x.org"], says: ["--public-url", "https://example.org"]),
        Mistake(flags: ["--listn", "x"], says: ["unknown option --listn"]),
        Mistake(flags: ["extra"], says: ["unexpected argument “extra”"]),
        Mistake(flags: ["--shards"], says: ["--shards: expected"]),
        Mistake(flags: ["--config", "nowhere.toml"], says: ["nowhere.toml", "No such file"]),
        Mistake(flags: ["--shutdown-delay", "40s"], says: ["shutdown_delay", "shutdown_timeout"]),
        Mistake(flags: ["--data", "/proc/nowhere/x"], says: ["/proc/nowhere"]),
    ]

    @Test(arguments: mistakes)
    func aMistakeEndsWith2AndSaysWhereItIsAndWhatWasExpected(_ mistake: Mistake) async throws {
        try await Workbench.use { bench in
            var arguments = ["serve", "--data", bench.path("data")]
            if !mistake.file.isEmpty {
                arguments += ["--config", try bench.write(mistake.text, to: mistake.file)]
            }
            let ending = try await bench.run(
                arguments + mistake.flags, exits: 2, environment: mistake.environment)
            for text in mistake.says { #expect(ending.errors.contains(text), "\(ending.errors)") }
            #expect(ending.output.isEmpty)
            #expect(!bench.exists("data"))
        }
    }

    @Test func everyOptionIsListedWithItsNamesTypeAndDefault() async throws {
        try await Workbench.use { bench in
            let text = try await bench.run(["serve", "--help-config"]).output
            let help = try await bench.run(["serve", "--help"]).output
            let entries = text.components(separatedBy: "\n\n").dropFirst()
            #expect(entries.count >= 13)
            for entry in entries {
                let name = String(entry.prefix { $0 != "\n" })
                let flag = name.replacing("_", with: "-")
                #expect(entry.contains("FANFARE_\(name.uppercased())"))
                for field in ["flag  ", "value  ", "default  "] { #expect(entry.contains(field)) }
                #expect(help.contains("--\(flag)") || help.contains("--no-\(flag)"), "\(name)")
            }
        }
    }
}
