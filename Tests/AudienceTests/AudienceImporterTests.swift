import Engine
import Testing

@testable import Audience

@Suite struct AudienceImporterTests {
    private func csv(_ rows: Range<Int>) -> String {
        "user_id,name\n" + rows.map { "u\($0),name \($0)\n" }.joined()
    }

    @Test func recipientsComeInTheirOrderInFullPages() throws {
        let sink = CollectingSink()
        let summary = try importAudience(csv(0..<2_500), .csv, into: sink)
        #expect(sink.counts == [1_024, 1_024, 452])
        #expect(try sink.userIDs().flatMap { $0 } == (0..<2_500).map { "u\($0)" })
        #expect(
            try recipients(of: sink.blobs[2], slots: 2).last
                == [.string("u2499"), .string("name 2499")])
        #expect(sink.duplicates.isEmpty)
        #expect(summary.rows == 2_500 && summary.recipients == 2_500 && summary.pages == 3)
        #expect(summary.duplicates == 0 && summary.rejected == 0)
        #expect(summary.columns.names == ["name"])
        #expect(summary.pageBytes == UInt64(sink.blobs.map(\.count).reduce(0, +)))
        #expect(summary.fileBytesRead == UInt64(csv(0..<2_500).utf8.count))
    }

    @Test func anAudienceOfNobodyHasNoPages() throws {
        for (text, format) in [("user_id,a\n", AudienceFormat.csv), ("", .jsonLines)] {
            let sink = CollectingSink()
            let summary = try importAudience(text, format, into: sink)
            #expect(summary.rows == 0 && summary.recipients == 0 && summary.pages == 0)
            #expect(sink.blobs.isEmpty)
        }
    }

    @Test func compressedInputGivesTheSamePages() throws {
        let plain = CollectingSink()
        let zipped = CollectingSink()
        let text = csv(0..<1_500)
        _ = try importAudience(text, .csv, into: plain)
        let input = try AudienceInput(MemorySource(GzipWriter.member(Array(text.utf8))))
        _ = try AudienceImporter(.test).run(input, into: zipped)
        #expect(zipped.blobs == plain.blobs)
    }

    @Test func variablesOfEveryTypeAndLaterColumnsSurviveInPages() throws {
        var text = "{\"user_id\":\"first\",\"variables\":{\"n\":-5,\"b\":true}}\n"
        for number in 0..<1_100 { text += "{\"user_id\":\(number),\"variables\":{\"n\":null}}\n" }
        text += "{\"user_id\":\"last\",\"variables\":{\"late\":[1,2],\"d\":0.5,\"s\":\"é\\n\"}}\n"
        let sink = CollectingSink()
        let summary = try importAudience(text, .jsonLines, into: sink)
        #expect(summary.columns.names == ["n", "b", "late", "d", "s"])
        #expect(
            try recipients(of: sink.blobs[0], slots: 6)[0] == [
                .string("first"), .integer(-5), .bool(true), .missing, .missing, .missing,
            ])
        #expect(
            try recipients(of: sink.blobs[1], slots: 6).last == [
                .string("last"), .missing, .missing, .json("[1,2]"), .number(0.5), .string("é\n"),
            ])
    }

    @Test func longRowsCloseAPageEarlyAndLeaveHolesInTheOrdinals() throws {
        let note = String(repeating: "n", count: 60_000)
        let text = "user_id,note\n" + (0..<150).map { "u\($0 % 140),\(note)\n" }.joined()
        let sink = CollectingSink()
        let summary = try importAudience(text, .csv, into: sink)
        #expect(summary.pages == 3 && sink.counts.reduce(0, +) == 150)
        #expect(sink.blobs.allSatisfy { $0.count <= PageLayout.bytesMax })
        // The last ten repeat the first ten, wherever the pages were cut.
        let first = sink.counts[0] + sink.counts[1]
        #expect(summary.duplicates == 10)
        #expect(sink.duplicates == (140..<150).map { [2, $0 - first] })
    }

    @Test func rowsAtEveryLimitFitAPage() throws {
        #expect(AudienceLimits.standard.fitPages)
        let limits = AudienceLimits.standard
        let names = (0..<limits.columnsMax).map { "\"\($0)\":1.5" }.joined(separator: ",")
        let start = "{\"user_id\":\"\(String(repeating: "i", count: 256))\",\"variables\":{\(names)"
        var text = ""
        for _ in 0..<3 {
            let padding = limits.rowBytesMax - start.utf8.count - 2
            text += start + String(repeating: " ", count: padding) + "}}\n"
        }
        let summary = try importAudience(text, .jsonLines, into: CollectingSink())
        #expect(summary.rows == 3 && summary.rejected == 0 && summary.duplicates == 2)
    }

    // MARK: Ends before the end

    private func error(
        _ text: String, _ options: AudienceImporter.Options = .test,
        _ sink: CollectingSink = CollectingSink()
    ) -> String? {
        do {
            _ = try importAudience(text, .csv, into: sink, options)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func tooManyRejectsStopTheImport() {
        // One in a hundred is the standard limit.
        let good = (0..<99).map { "u\($0),x\n" }.joined()
        #expect(error("user_id,a\n" + good + "bad\n") == nil)
        #expect(
            error("user_id,a\n" + good + "bad\nbad\n")
                == "2 of 101 rows were rejected, more than the 1% allowed")
    }

    @Test func aNumberOfRejectsStopsAtOnce() throws {
        var options = AudienceImporter.Options.test
        options.rejectLimit = .lines(2)
        let sink = CollectingSink()
        let text = "user_id,a\nbad\nbad\nbad\n" + (0..<3_000).map { "u\($0),x\n" }.joined()
        #expect(
            error(text, options, sink) == "3 of 3 rows were rejected, more than the 2 allowed")
        #expect(sink.blobs.isEmpty)
    }

    @Test func theLinesThatAQuoteSwallowsCountAsRejects() {
        let rows = (0..<1_000).map { "u\($0),x\n" }.joined()
        let text = "user_id,a\n" + rows + "u,\"" + rows
        #expect(error(text) == "1000 of 2000 rows were rejected, more than the 1% allowed")
    }

    @Test func rejectsAreListedEvenWhenTheyAreTooMany() throws {
        let file = TemporaryFile()
        #expect(throws: AudienceError.self) {
            try importAudience(
                "user_id,a\nbad\n", .csv, into: CollectingSink(),
                rejects: RejectsWriter(path: file.path))
        }
        #expect(file.content.hasSuffix("2,4,\"the row has 1 fields; the header has 2\"\n"))
    }

    @Test func aSinkThatFailsEndsTheImport() {
        let sink = CollectingSink()
        sink.refusedPage = 1
        #expect(
            error(csv(0..<3_000), .test, sink)
                == "the pages of the audience cannot be stored: Refused()")
        #expect(sink.blobs.count == 1)
        let last = CollectingSink()
        last.refusedPage = 0
        #expect(error(csv(0..<3), .test, last) != nil)
    }

    @Test func cancellingIsNoticedWithinAPage() throws {
        var seen: [ImportProgress] = []
        let sink = CollectingSink()
        let importer = AudienceImporter(
            .test, progressed: { seen.append($0) }, isCancelled: { seen.count == 2 })
        let input = try AudienceInput(MemorySource(csv(0..<9_000)), sizeBytes: 99)
        #expect {
            try importer.run(input, into: sink)
        } throws: { error in
            "\(error)" == "the import was cancelled"
        }
        #expect(sink.blobs.count == 2)
        #expect(seen.map(\.rows) == [1_025, 2_049])
        #expect(seen.allSatisfy { $0.fileBytes == 99 && $0.fileBytesRead > 0 })
    }

    @Test func cancellingIsNoticedWhenEveryRowIsRejected() throws {
        var asked = 0
        var options = AudienceImporter.Options.test
        options.rejectLimit = .share(millionths: 1_000_000)
        let importer = AudienceImporter(
            options,
            isCancelled: {
                asked += 1
                return true
            })
        let text = "user_id,a\n" + String(repeating: "bad\n", count: 5_000)
        #expect(throws: AudienceError.self) {
            try importer.run(AudienceInput(MemorySource(text)), into: CollectingSink())
        }
        #expect(asked == 1)
    }

    @Test func progressEndsWithEverythingRead() throws {
        var last = ImportProgress()
        let text = csv(0..<100) + "bad\n"
        _ = try AudienceImporter(.test, progressed: { last = $0 }).run(
            AudienceInput(MemorySource(text)), into: CollectingSink())
        #expect(last.rows == 101 && last.rejected == 1)
        #expect(last.fileBytesRead == UInt64(text.utf8.count))
    }
}
