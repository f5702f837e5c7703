import Foundation
import Testing

/// `--rehearse` renders everybody and sends nothing.
@Suite(.serialized) struct RehearsalTests {
    private static let audience = """
        {"user_id":"ada","variables":{"name":"Ada","order":{"number":3}}}
        {"user_id":"bo","variables":{"order":{"number":4}}}
        {"user_id":"cy","variables":{"name":"Cy"}}
        {"user_id":"di","variables":{"name":"Di","order":{"number":1000000}}}
        {"user_id":"ada","variables":{"name":"again"}}

        """

    private func rehearsed(_ bench: Workbench) throws -> Rehearsed {
        try Report.decoder.decode(Rehearsed.self, from: Data(bench.read("report.json").utf8))
    }

    @Test func failuresAreListedWithTheirRecipientAndPlaceInTheTemplate() async throws {
        try await Workbench.use { bench in
            let server = try bench.server()
            let audience = try bench.write(Self.audience, to: "audience.jsonl")
            _ = try bench.template("Hello {{ name }},\n{{ order.number }}")
            let ending = try await bench.run(
                bench.send(audience, to: server.url, ["--rehearse", "--rate", "2/s"]), exits: 3)

            let report = try rehearsed(bench)
            #expect(report.recipients == 4)
            #expect(report.rendered == 3)
            #expect(report.failed == 1)
            #expect(report.duplicates == 1)
            let failure = try #require(report.failures.first)
            #expect(report.failures.count == 1)
            #expect(failure.userId == "cy")
            #expect(failure.reason == "render_failed")
            #expect(failure.template?.hasSuffix("template.j2") == true)
            #expect(failure.line == 2)
            #expect(failure.message?.contains("order") == true)
            #expect(report.missingVariables == ["name": 1])
            // "Hello Ada,\n3" has 12 bytes, "Hello ,\n4" has 9, "Hello Di,\n1000000" has 17.
            #expect(report.payloadBytes == .init(p50: 12, p99: 17, max: 17))
            #expect(report.estimatedSeconds == 1.5)
            #expect(ending.errors.contains("nothing was sent"))
            #expect(ending.errors.contains("cy: render_failed at "))
            #expect(ending.errors.contains("name: printed empty for 1 recipients"))
            #expect(server.requests.isEmpty)
            #expect(!bench.exists("state"), "a rehearsal keeps no state")
        }
    }

    @Test func aRehearsalWithoutFailuresEndsWell() async throws {
        try await Workbench.use { bench in
            let server = try bench.server()
            let quiet = try await bench.run(
                bench.send(bench.audience(1_500), to: server.url, ["--rehearse", "--quiet"]))
            #expect(quiet.errors.isEmpty)
            #expect(quiet.output.isEmpty)
            let report = try rehearsed(bench)
            #expect(report.rendered == 1_500)
            #expect(report.failed == 0)
            #expect(report.missingVariables.isEmpty)
            #expect(report.estimatedSeconds == nil, "there is no rate to reckon with")
            #expect(server.requests.isEmpty)
        }
    }

    @Test func addressesAndHeadersAreRehearsedToo() async throws {
        try await Workbench.use { bench in
            let audience = try bench.write(
                "user_id,path,note\na,x,fine\nb,two words,fine\nc,x,\"two\nlines\"\n", to: "a.csv")
            _ = try bench.template("{{ receiver.id }}")
            try await bench.run(
                bench.send(
                    audience, to: "http://127.0.0.1:9/{{ path }}",
                    ["--rehearse", "--header", "X-Note: {{ note }}"]), exits: 3)
            let report = try rehearsed(bench)
            #expect(report.rendered == 1)
            #expect(
                report.failures.map { [$0.userId, $0.reason] } == [
                    ["b", "url_invalid"], ["c", "header_invalid"],
                ])
        }
    }

    @Test func anAudienceThatCannotBeReadIsAnInputError() async throws {
        try await Workbench.use { bench in
            let audience = try bench.write("name\nAda\n", to: "audience.csv")
            let ending = try await bench.run(
                bench.send(audience, to: "http://127.0.0.1:9/", ["--rehearse"]), exits: 2)
            #expect(ending.errors.contains("--audience: \(audience)"))
        }
    }
}
