import Foundation
import Testing

/// The forms an audience may have, and what becomes of rows that cannot be used.
@Suite(.serialized) struct AudienceFileTests {
    /// One way to hand over the same three recipients.
    struct Form: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var name: String
        var text: String
        var isCompressed = false
        var isStandardInput = false
    }

    private static let csv = "user_id,text\na,plain\nb,\"two\nlines, quoted\"\nc,🎺\n"
    private static let jsonLines = """
        {"user_id":"a","variables":{"text":"plain"}}
        {"user_id":"b","variables":{"text":"two\\nlines, quoted"}}
        {"user_id":"c","variables":{"text":"\\ud83c\\udfba"}}

        """

    static let forms = [
        Form(testDescription: "CSV", name: "a.csv", text: csv),
        Form(
            testDescription: "CSV with a byte order mark and CRLF", name: "a.csv",
            text: "\u{FEFF}user_id,text\r\na,plain\r\nb,\"two\nlines, quoted\"\r\nc,🎺\r\n"),
        Form(testDescription: "JSON Lines", name: "a.jsonl", text: jsonLines),
        Form(testDescription: "JSON Lines without a telling name", name: "a", text: jsonLines),
        Form(testDescription: "CSV, gzip", name: "a.csv", text: csv, isCompressed: true),
        Form(testDescription: "JSON Lines, gzip", name: "a", text: jsonLines, isCompressed: true),
        Form(testDescription: "CSV on standard input", name: "a", text: csv, isStandardInput: true),
        Form(
            testDescription: "JSON Lines, gzip, on standard input", name: "a", text: jsonLines,
            isCompressed: true, isStandardInput: true),
    ]

    @Test(arguments: forms)
    func everyFormOfTheSameAudienceSendsTheSame(_ form: Form) async throws {
        try await Workbench.use { bench in
            let server = try bench.server()
            _ = try bench.template("{{ receiver.id }}={{ text }}")
            var path = try bench.write(form.text, to: form.name)
            if form.isCompressed {
                let ending = try await bench.shell("gzip \(form.name)")
                #expect(ending.how == .exit(0), "\(ending.errors)")
                path += ".gz"
            }
            try await bench.run(
                bench.send(form.isStandardInput ? "-" : path, to: server.url),
                input: form.isStandardInput ? path : nil)
            let bodies = server.requests.map(\.body).sorted()
            #expect(bodies == ["a=plain", "b=two\nlines, quoted", "c=🎺"])
            #expect(try bench.report().rejected == 0)
        }
    }

    /// Four good rows, one repeated id, three rows that cannot be used.
    private static let mixed = """
        user_id,text
        a,1
        b
        c,"over
        two lines"
        d,"z" q
        ,5
        a,7
        e,8
        f,9

        """

    @Test func badRowsAreListedAndRepeatedIdsAreSentOnce() async throws {
        try await Workbench.use { bench in
            let server = try bench.server()
            _ = try bench.template("{{ receiver.id }}={{ text }}")
            let audience = try bench.write(Self.mixed, to: "mixed.csv")
            let ending = try await bench.run(
                bench.send(audience, to: server.url, ["--max-rejects", "3"]))

            let report = try bench.report()
            #expect(report.recipients == 4)
            #expect(report.sent == 4)
            #expect(report.duplicates == 1)
            #expect(report.rejected == 3)
            let bodies = server.requests.map(\.body).sorted()
            #expect(bodies == ["a=1", "c=over\ntwo lines", "e=8", "f=9"])
            #expect(ending.errors.contains("3 rows were rejected; see \(bench.state)/rejects.csv"))
            #expect(ending.errors.contains("1 rows repeat a user id and are sent once"))
            #expect(try bench.read("state/rejects.csv") == Self.rejects)
            #expect(try await bench.verify() == Account(total: 4, sent: 4))
            let ids = try await bench.outcomes().map(\.userId)
            #expect(ids == ["a", "c", "e", "f"], "a repeated row is no recipient")
        }
    }

    private static let rejects = """
        line,column,reason
        3,2,"the row has 1 fields; the header has 2"
        6,6,"there is text after the closing quote of a field"
        7,1,"the user id is empty"

        """

    @Test(arguments: [[], ["--max-rejects", "2"], ["--max-rejects", "37.4%"]])
    func tooManyBadRowsStopBeforeTheFirstSend(_ limit: [String]) async throws {
        try await Workbench.use { bench in
            let server = try bench.server()
            let audience = try bench.write(Self.mixed, to: "mixed.csv")
            _ = try bench.template("{{ text }}")
            let ending = try await bench.run(
                bench.send(audience, to: server.url, limit), exits: 2)
            #expect(ending.errors.contains("--audience: \(audience): 3 of "))
            #expect(ending.errors.contains("see \(bench.state)/rejects.csv"))
            #expect(try bench.read("state/rejects.csv") == Self.rejects)
            #expect(server.requests.isEmpty)
            #expect(!bench.exists("report.json"))

            // Nothing is in the way of the corrected attempt.
            try await bench.run(
                bench.send(audience, to: server.url, ["--max-rejects", "37.5%"]))
            #expect(try bench.report().sent == 4)
        }
    }

    @Test func badJSONLinesAreListedToo() async throws {
        try await Workbench.use { bench in
            let server = try bench.server()
            _ = try bench.template("{{ receiver.id }}")
            let audience = try bench.write(
                """
                {"user_id":"a"}
                {"user_id":"b",}
                {"variables":{}}
                {"user_id":17,"variables":{"n":1}}

                """, to: "mixed.jsonl")
            try await bench.run(
                bench.send(audience, to: server.url, ["--max-rejects", "50%"]))
            #expect(server.requests.map(\.body).sorted() == ["17", "a"])
            #expect(
                try bench.read("state/rejects.csv") == """
                    line,column,reason
                    2,16,"invalid JSON: expected a key in quotes"
                    3,16,"there is no user_id"

                    """)
        }
    }
}
