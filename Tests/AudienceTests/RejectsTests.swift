import Testing

@testable import Audience

@Suite struct RejectsTests {
    @Test func theFileListsLineColumnAndReason() throws {
        let file = TemporaryFile(Array("left from the import before".utf8))
        let csv = """
            user_id,a
            u1,x
            u2
            u3,"x"y
            ,x
            u5,"open
            u6,x
            """
        var options = AudienceImporter.Options.test
        options.rejectLimit = .lines(10)
        let rejects = try RejectsWriter(path: file.path)
        let summary = try importAudience(
            csv, .csv, into: CollectingSink(), options, rejects: rejects)
        #expect(summary.rejected == 5)
        #expect(rejects.listed == 4)
        #expect(
            file.content == """
                line,column,reason
                3,3,"the row has 1 fields; the header has 2"
                4,7,"there is text after the closing quote of a field"
                5,1,"the user id is empty"
                6,4,"the quote that opens here is not closed; lines 6 to 7 were skipped"

                """)
    }

    @Test func keysAreQuotedAndValuesAreNeverShown() throws {
        let file = TemporaryFile()
        let text = """
            {"user_id":"secret","na\\"me":"secret"}
            {"user_id":"secret","variables":{"a":"secret"x}}
            {"user_id":"\\nsecret"}
            """
        var options = AudienceImporter.Options.test
        options.rejectLimit = .lines(10)
        _ = try importAudience(
            text, .jsonLines, into: CollectingSink(), options,
            rejects: RejectsWriter(path: file.path))
        #expect(!file.content.contains("secret"))
        #expect(
            file.content.contains(
                "1,21,\"unknown key \"\"na\"\"me\"\"; variables belong into the object"))
    }

    @Test func anImportWithoutRejectsLeavesTheHeaderAlone() throws {
        let file = TemporaryFile()
        _ = try importAudience(
            "user_id\nu1\n", .csv, into: CollectingSink(),
            rejects: RejectsWriter(path: file.path))
        #expect(file.content == "line,column,reason\n")
    }

    @Test func theListHasItsLimitAndSaysSo() throws {
        let file = TemporaryFile()
        var options = AudienceImporter.Options.test
        options.rejectLimit = .share(millionths: 1_000_000)
        options.limits.rejectsListedMax = 2
        let rejects = try RejectsWriter(path: file.path, limits: options.limits)
        let summary = try importAudience(
            "user_id\n,\n,\n,\n,\n", .csv, into: CollectingSink(), options, rejects: rejects)
        #expect(summary.rejected == 4)
        #expect(rejects.listed == 2 && rejects.unlisted == 2)
        #expect(
            file.content == """
                line,column,reason
                2,2,"the row has 2 fields; the header has 1"
                3,2,"the row has 2 fields; the header has 1"
                ,,"2 more rejects are not listed"

                """)
    }

    @Test func rejectsAreWrittenWhenTheInputTurnsOutToBeDamaged() throws {
        let file = TemporaryFile()
        let rows = String(repeating: "u1,x\n", count: 1_000)
        let bytes = GzipWriter.member(Array("user_id,a\n\(rows)".utf8)) + [1]
        #expect {
            try AudienceImporter(.test, rejects: RejectsWriter(path: file.path)).run(
                AudienceInput(MemorySource(bytes, chunk: 40)), into: CollectingSink())
        } throws: { error in
            if case .gzip = error as? AudienceError { true } else { false }
        }
        #expect(file.content.hasPrefix("line,column,reason\n"))
    }

    @Test func rejectsBeyondTheBufferAreAllWritten() throws {
        let file = TemporaryFile()
        var options = AudienceImporter.Options.test
        options.rejectLimit = .lines(3_000)
        let csv = "user_id\n" + String(repeating: ",\n", count: 3_000)
        _ = try importAudience(
            csv, .csv, into: CollectingSink(), options, rejects: RejectsWriter(path: file.path))
        #expect(file.content.utf8.count { $0 == 0x0A } == 3_001)
    }

    @Test func aFileThatCannotBeWrittenIsAnError() {
        #expect(throws: AudienceError.self) { try RejectsWriter(path: "/nonexistent/rejects.csv") }
    }

    // MARK: The limit

    @Test(arguments: [
        ("1%", RejectLimit.share(millionths: 10_000)), ("0.25%", .share(millionths: 2_500)),
        ("0%", .share(millionths: 0)), ("100%", .share(millionths: 1_000_000)),
        ("0.0001%", .share(millionths: 1)), ("00.50%", .share(millionths: 5_000)),
        ("0", .lines(0)), ("100", .lines(100)), ("18446744073709551615", .lines(.max)),
    ])
    func limitsAreReadAsUsersWriteThem(text: String, limit: RejectLimit) {
        #expect(RejectLimit(text) == limit)
    }

    @Test(arguments: [
        "", "%", "-1", "+1", "1.5", "1 %", "101%", "100.0001%", "0.00001%", "1.%", ".5%", "1..5%",
        "a", "1%%", "1e2", "18446744073709551616",
    ])
    func whatIsNoLimitIsRefused(text: String) {
        #expect(RejectLimit(text) == nil)
    }

    @Test(arguments: ["1%", "0.25%", "0%", "100%", "0.0001%", "0", "100", "12.5%"])
    func aLimitDescribesItselfAsItIsRead(text: String) {
        #expect(RejectLimit(text)?.description == text)
    }

    @Test func theLimitIsPassedByTheFirstLineMore() {
        let share = RejectLimit.standard
        #expect(!share.isExceeded(rejected: 0, rows: 0))
        #expect(!share.isExceeded(rejected: 1, rows: 100))
        #expect(share.isExceeded(rejected: 1, rows: 99))
        #expect(share.isExceeded(rejected: 2, rows: 199))
        #expect(!share.isExceeded(rejected: .max / 100, rows: .max))
        #expect(RejectLimit.lines(5).isExceeded(rejected: 6, rows: 1_000_000))
        #expect(!RejectLimit.lines(5).isExceeded(rejected: 5, rows: 5))
    }
}
