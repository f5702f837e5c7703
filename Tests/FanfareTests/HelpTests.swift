import Testing

/// What the program says about itself.
@Suite(.serialized) struct HelpTests {
    static let commands = [
        "send", "resume", "verify", "outcomes", "retry", "generate", "sink", "serve", "campaign",
        "limits", "import", "key",
    ]

    @Test(arguments: commands)
    func everyCommandExplainsItselfWithExamples(_ command: String) async throws {
        try await Workbench.use { bench in
            let ending = try await bench.run([command, "--help"])
            #expect(ending.output.contains("EXAMPLES:\n"))
            #expect(ending.output.contains("fanfare \(command) "))
            #expect(ending.errors.isEmpty)
        }
    }

    @Test func theOverviewHasExamplesExitCodesAndEveryCommand() async throws {
        try await Workbench.use { bench in
            let overview = try await bench.run(["--help"]).output
            #expect(overview.contains("EXAMPLES:\n"))
            #expect(overview.contains("EXIT CODES:\n"))
            for command in Self.commands { #expect(overview.contains("\n  \(command) ")) }
        }
    }

    @Test func theVersionIsANameAndThreeNumbers() async throws {
        try await Workbench.use { bench in
            let version = try await bench.run(["--version"]).output
            #expect(version.wholeMatch(of: /fanfare \d+\.\d+\.\d+\n/) != nil, "\(version)")
        }
    }
}
