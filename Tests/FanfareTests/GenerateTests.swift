import Foundation
import Testing

/// Synthetic audiences.
@Suite(.serialized) struct GenerateTests {
    @Test(arguments: ["csv", "jsonl"])
    func theSeedDecidesTheBytes(_ format: String) async throws {
        try await Workbench.use { bench in
            func generate(_ options: String...) async throws -> String {
                try await bench.run(
                    ["generate", "--recipients", "300", "--format", format] + options
                ).output
            }
            let first = try await generate()
            #expect(first == (try await generate()))
            #expect(first == (try await generate("--seed", "1")))
            #expect(first != (try await generate("--seed", "2")))
            try await bench.run(
                [
                    "generate", "--recipients", "300", "--format", format, "--output",
                    bench.path("generated"),
                ])
            #expect(try bench.read("generated") == first)
        }
    }

    @Test(arguments: ["csv", "jsonl"])
    func whatIsGeneratedIsImportedWithoutRejects(_ format: String) async throws {
        try await Workbench.use { bench in
            _ = try bench.template("{{ name }} {{ city }} {{ plan }} {{ order }} {{ amount }}")
            try await bench.run(
                [
                    "generate", "--recipients", "2000", "--format", format, "--output",
                    bench.path("audience"),
                ])
            try await bench.run(
                bench.send(
                    bench.path("audience"), to: "http://127.0.0.1:9/",
                    ["--rehearse", "--max-rejects", "0", "--quiet"]))
            let report = try Report.decoder.decode(
                Rehearsed.self, from: Data(bench.read("report.json").utf8))
            #expect(report.recipients == 2_000)
            #expect(report.rendered == 2_000)
            #expect(report.rejected == 0)
            #expect(report.duplicates == 0)
            #expect(report.missingVariables.isEmpty)
        }
    }

    @Test(arguments: [
        "generate --recipients 1000000000", "generate --recipients 1000000000 --format jsonl",
        "outcomes state",
    ])
    func aReaderThatHasSeenEnoughIsNoError(_ command: String) async throws {
        try await Workbench.use { bench in
            if command.hasPrefix("outcomes") {
                let server = try bench.server { _ in .status(404) }
                // More rows than a pipe and a buffer hold.
                try await bench.run(
                    bench.send(
                        bench.audience(9_000), to: server.url,
                        ["--transport", "instant", "--quiet"]))
            }
            let ending = try await bench.shell(
                "{ \"$0\" \(command); echo $? > code; } | head -c 1000 > seen")
            #expect(ending.errors.isEmpty)
            #expect(try bench.read("code") == "0\n")
            #expect(try bench.read("seen").hasPrefix(command.contains("jsonl") ? "{" : "user_id,"))
        }
    }
}
