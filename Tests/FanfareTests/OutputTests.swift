import Foundation
import Testing

/// What was written is there, or the command fails.
@Suite(.serialized) struct OutputTests {
    private func withCampaign(
        _ body: (Workbench) async throws -> Void
    ) async throws {
        try await Workbench.use { bench in
            _ = try bench.template("hi {{ name }}")
            try await bench.run(
                bench.send(
                    bench.audience(3), to: "http://127.0.0.1:9/",
                    ["--transport", "instant", "--quiet"]))
            try await body(bench)
        }
    }

    @Test func outputThatWasNotTakenIsAnError() async throws {
        try await withCampaign { bench in
            try bench.write("{\"name\": \"Ada\"}", to: "ada.json")
            for command in [
                "outcomes state", "outcomes state --format jsonl", "verify state", "--help",
                "--version", "generate --recipients 3",
                "template render template.j2 --variables ada.json",
                "template check template.j2", "send --help", "--generate-completion-script bash",
                "serve --help-config",
            ] {
                let ending = try await bench.shell("\"$0\" \(command) > /dev/full")
                #expect(ending.how == .exit(1), "\(command): \(ending.errors)")
                #expect(
                    ending.errors.contains("write standard output: No space left on device"),
                    "\(command): \(ending.errors)")
            }
        }
    }

    @Test func aReportIsCheckedBeforeTheFirstSend() async throws {
        try await withCampaign { bench in
            let audience = try bench.audience(3)
            let sink = try await bench.sink()
            let files = [
                audience: "is an input", bench.path("nowhere/report.json"): "cannot be made",
                bench.folder: "is a folder",
                bench.path("other/campaign.sqlite"): "is a file of the campaign",
            ]
            for (file, reason) in files {
                let ending = try await bench.run(
                    bench.send(
                        audience, to: sink.url,
                        ["--state", bench.path("other"), "--report", file]), exits: 2)
                #expect(
                    ending.errors.contains("--report: \(file) \(reason)"), "\(ending.errors)")
            }
            #expect(try await sink.stop().requests == 0)
            #expect(!bench.exists("other"))
            try await bench.run(
                ["resume", bench.state, "--report", bench.path("state/campaign.sqlite")], exits: 2)
            try await bench.run(["verify", bench.state])
        }
    }

    @Test func aReportMayLieInTheStateDirectoryOrGoToADevice() async throws {
        try await withCampaign { bench in
            let audience = try bench.audience(3)
            for (number, file) in [bench.path("new1/report.json"), "/dev/null"].enumerated() {
                try await bench.run(
                    bench.send(
                        audience, to: "http://127.0.0.1:9/",
                        [
                            "--transport", "instant", "--state", bench.path("new\(number + 1)"),
                            "--report", file,
                        ]))
            }
            #expect(try bench.read("new1/report.json").contains("\"sent\""))
            let full = try await bench.run(
                bench.send(
                    audience, to: "http://127.0.0.1:9/",
                    [
                        "--transport", "instant", "--state", bench.path("new3"), "--report",
                        "/dev/full",
                    ]), exits: 1)
            #expect(full.errors.contains("No space left on device"), "\(full.errors)")
        }
    }

    @Test func aStateDirectoryThatWasRemovedIsAnError() async throws {
        try await Workbench.use { bench in
            _ = try bench.template("hi {{ name }}")
            let sink = try await bench.sink()
            let program = try bench.start(
                bench.send(bench.audience(300), to: sink.url, ["--rate", "100/s"]))
            try await sink.waitForRequests(20)
            try bench.remove("state")
            let ending = try await bench.end(program, exits: 1)
            #expect(ending.errors.contains("missing"), "\(ending.errors)")
        }
    }
}
