import Testing

/// Loopback and private networks are refused unless they are allowed.
@Suite(.serialized) struct NetworkPolicyTests {
    private func send(
        _ bench: Workbench, to url: String
    ) throws -> [String] {
        try bench.send(bench.audience(3), to: url).filter { $0 != "--allow-private-networks" }
    }

    @Test(arguments: ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"])
    func anAddressOfLoopbackIsNeverDialled(_ host: String) async throws {
        try await Workbench.use { bench in
            let sink = try await bench.sink()
            let url = "http://\(host):\(sink.port)/hook"
            let ending = try await bench.start(send(bench, to: url)).end()
            // Refused before the audience is read, or recorded for each recipient.
            switch ending.how {
            case .exit(2):
                #expect(ending.errors.contains("--allow-private-networks"))
            case .exit(3):
                #expect(try bench.report().failures == ["address_refused": 3])
            default:
                Issue.record("\(ending)")
            }
            #expect(try sink.figures().requests == 0)
        }
    }

    /// The host of a template is known for each recipient only.
    @Test(arguments: ["127.0.0.1", "localhost"])
    func anAddressFromATemplateIsRefusedWhenItIsDialled(_ host: String) async throws {
        try await Workbench.use { bench in
            let sink = try await bench.sink()
            let url = "http://\(host):\(sink.port)/{{ receiver.id }}"
            try await bench.run(send(bench, to: url), exits: 3)
            let report = try bench.report()
            #expect(report.failures == ["address_refused": 3])
            #expect(report.attempts == 3, "a refusal is not repeated")
            #expect(try await bench.verify() == Account(total: 3, sent: 0, failed: 3))
            #expect(try sink.figures().requests == 0)
        }
    }
}
