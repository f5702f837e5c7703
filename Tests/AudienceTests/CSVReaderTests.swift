import Structures
import Testing

@testable import Audience

@Suite struct CSVReaderTests {
    /// Inputs with a header `user_id,a`, and the rows that they hold.
    static let corpus: [(csv: String, rows: [[String]])] = [
        ("user_id,a\n", []),
        ("user_id,a", []),
        ("user_id,a\nu1,x\n", [["u1", "x"]]),
        ("user_id,a\nu1,x", [["u1", "x"]]),
        ("user_id,a\r\nu1,x\r\nu2,y\r\n", [["u1", "x"], ["u2", "y"]]),
        ("user_id,a\nu1,x\r\nu2,y", [["u1", "x"], ["u2", "y"]]),
        ("user_id,a\nu1,\nu2,\"\"\n", [["u1", ""], ["u2", ""]]),
        ("user_id,a\nu1,", [["u1", ""]]),
        ("user_id,a\n\"u1\",\"x\"", [["u1", "x"]]),
        (
            "user_id,a\nu1,\"a,b\"\nu2,\"a\nb\"\nu3,\"a\r\nb\"\n",
            [
                ["u1", "a,b"], ["u2", "a\nb"], ["u3", "a\r\nb"],
            ]
        ),
        (
            "user_id,a\nu1,\"say \"\"hi\"\"\"\nu2,\"\"\"\"\nu3,\"\"\"\"\"\"\n",
            [
                ["u1", "say \"hi\""], ["u2", "\""], ["u3", "\"\""],
            ]
        ),
        ("user_id,a\nu1,5\" pipe\nu2,a\"\"b\n", [["u1", "5\" pipe"], ["u2", "a\"\"b"]]),
        ("user_id,a\nu1, spaced \nu2,\t\n", [["u1", " spaced "], ["u2", "\t"]]),
        ("\n\nuser_id,a\n\nu1,x\n\r\n\nu2,y\n\n", [["u1", "x"], ["u2", "y"]]),
        ("\u{FEFF}user_id,a\nu1,\u{FEFF}x\n", [["u1", "\u{FEFF}x"]]),
        ("\u{FEFF}\"user_id\",\"a\"\nu1,x\n", [["u1", "x"]]),
        ("user_id , a\t\nu1,x\n", [["u1", "x"]]),
        ("user_id,a\nü1,añ日本語🎉\nu2,مرحبا\n", [["ü1", "añ日本語🎉"], ["u2", "مرحبا"]]),
        (
            "user_id,a\nu1,0123456789abcdef0123456789abcdef\nu2,01234567\nu3,0123456\n",
            [
                ["u1", "0123456789abcdef0123456789abcdef"], ["u2", "01234567"], ["u3", "0123456"],
            ]
        ),
        (
            "user_id,a\nu1,\"12345678\"\"12345678\n12345678\"\n",
            [
                ["u1", "12345678\"12345678\n12345678"]
            ]
        ),
    ]

    private func expected(_ rows: [[String]]) -> [ReadRow] {
        rows.map { ReadRow(id: $0[0], variables: ["a": .string($0[1])]) }
    }

    @Test(arguments: corpus.indices) func theCorpusIsRead(index: Int) throws {
        let (csv, rows) = Self.corpus[index]
        #expect(try read(csv, .csv) == ReadResult(rows: expected(rows)))
    }

    /// Rows are cut at every byte: by the source's reads, and by the window's end.
    @Test func everySplitGivesTheSameRows() throws {
        var limits = AudienceLimits()
        limits.rowBytesMax = 48
        for (csv, rows) in Self.corpus {
            let bytes = Array(csv.utf8)
            for size in 1...bytes.count {
                let result = try read(bytes, .csv, limits: limits, chunk: size, readBytes: 1)
                #expect(result == ReadResult(rows: expected(rows)))
                #expect(try read(bytes, .csv, limits: limits, readBytes: size) == result)
            }
        }
    }

    @Test func columnsKeepTheHeadersOrderAroundTheUserID() throws {
        let result = try read("a,userId,b\n1,u1,2\n", .csv)
        #expect(
            result.rows == [ReadRow(id: "u1", variables: ["a": .string("1"), "b": .string("2")])])
        #expect(try read("user_id\nu1\n\nu2\n", .csv).rows.map(\.id) == ["u1", "u2"])
    }

    // MARK: Rejects

    @Test(arguments: [
        ("u1\n", "2:3 the row has 1 fields; the header has 2"),
        ("u1,x,y\n", "2:6 the row has 3 fields; the header has 2"),
        ("u1,x,y,z,z,z\n", "2:6 the row has 6 fields; the header has 2"),
        (",x\n", "2:1 the user id is empty"),
        ("\"\",x\n", "2:2 the user id is empty"),
        ("u1,\"x\"y\n", "2:7 there is text after the closing quote of a field"),
        ("u1,\"x\" \n", "2:7 there is text after the closing quote of a field"),
        ("u1,\"x\n", "2:4 the quote that opens here is not closed"),
        ("u1,\"", "2:4 the quote that opens here is not closed"),
        ("u1,x\ry\n", "2:5 there is a carriage return without a line feed"),
        ("u1,a\0b\n", "2:5 the row contains a zero byte"),
        ("u\t1,x\n", "2:2 the user id contains a control character"),
        ("\"u\n1\",x\n", "2:3 the user id contains a control character"),
        ("u1,\"a\nb\"c\n", "3:3 there is text after the closing quote of a field"),
        ("u1,\"a\nb\",c\n", "3:4 the row has 3 fields; the header has 2"),
    ])
    func badRowsAreRejectedWithTheirPlace(csv: String, reject: String) throws {
        #expect(try read("user_id,a\n" + csv, .csv).rejectTexts == [reject])
    }

    @Test func badBytesAreRejectedWithTheirColumn() throws {
        for (bytes, column) in [
            ([0xFF], 5), ([0x61, 0xC3], 6), ([0xC3, 0xA9, 0x80], 7), ([0xED, 0xA0, 0x80], 5),
        ] as [([UInt8], Int)] {
            let csv = Array("user_id,a\nu1,x".utf8) + bytes + Array("\nu2,y\n".utf8)
            let result = try read(csv, .csv)
            #expect(result.rejectTexts == ["2:\(column) the bytes are not UTF-8"])
            #expect(result.rows.map(\.id) == ["u2"])
        }
    }

    @Test func readingGoesOnAfterEveryKindOfReject() throws {
        let csv = """
            user_id,a
            u1
            u2,ok
            u3,"x"y,"still the same line
            u4,ok
            ,x
            u5,ok
            """
        let result = try read(csv, .csv)
        #expect(result.rows.map(\.id) == ["u2", "u4", "u5"])
        #expect(result.rejects.map(\.line) == [2, 4, 6])
        #expect(result.rejects.map(\.count) == [1, 1, 1])
    }

    @Test func aQuoteThatIsNotClosedCountsForEveryLineItSwallows() throws {
        let result = try read("user_id,a\nu1,x\nu2,\"y\nu3,z\nu4,z\n", .csv)
        #expect(result.rows.map(\.id) == ["u1"])
        #expect(result.rejectTexts == ["3:4 the quote that opens here is not closed"])
        #expect(result.rejects.first?.skippedLines == 3...5)
        #expect(result.rejects.first?.count == 3)
    }

    @Test func aStrayQuoteIsFoundWhereItMeetsTheNextOne() throws {
        let result = try read("user_id,a\nu1,\"x\nu2,\"y\"\nu3,z\n", .csv)
        #expect(result.rows.map(\.id) == ["u3"])
        #expect(
            result.rejectTexts == ["3:5 there is text after the closing quote of a field"])
        #expect(result.rejects.first?.skippedLines == 2...3)
    }

    @Test func linesAreCountedThroughQuotedFieldsAndBlankLines() throws {
        let result = try read("user_id,a\nu1,\"\n\n\"\n\r\n\nbad\nu2,x\nbad\n", .csv)
        #expect(result.rejects.map(\.line) == [7, 9])
    }

    // MARK: Row length

    private var small: AudienceLimits {
        var limits = AudienceLimits()
        limits.rowBytesMax = 20
        return limits
    }

    @Test(arguments: 1...30) func rowsEndExactlyAtTheirLimit(readBytes: Int) throws {
        for lineEnd in ["\n", "\r\n", ""] {
            let fits = "user_id,a\nu1," + String(repeating: "x", count: 17) + lineEnd
            let result = try read(Array(fits.utf8), .csv, limits: small, readBytes: readBytes)
            #expect(result.rows.count == 1 && result.rejects.isEmpty)
            let long = "user_id,a\nu1," + String(repeating: "x", count: 18) + lineEnd
            let rejected = try read(Array(long.utf8), .csv, limits: small, readBytes: readBytes)
            #expect(rejected.rejectTexts == ["2:21 the row is longer than 20 bytes"])
            #expect(rejected.rows.isEmpty)
        }
    }

    @Test(arguments: 1...30) func aLongRowIsSkippedToItsEnd(readBytes: Int) throws {
        let long = String(repeating: "x,\"\"\"\n\"\"\",", count: 20)
        let csv = "user_id,a\nu1,\(long)\nu2,ok\n"
        let result = try read(Array(csv.utf8), .csv, limits: small, readBytes: readBytes)
        #expect(result.rows.map(\.id) == ["u2"])
        #expect(result.rejectTexts == ["4:2 the row is longer than 20 bytes"])
        #expect(result.rejects.count == 1)
        #expect(result.rejects.first?.skippedLines == 2...22)
    }

    @Test func aQuoteThatSwallowsTheFileIsCountedLineByLine() throws {
        let lines = (0..<50).map { "u\($0),x\n" }.joined()
        let csv = "user_id,a\nu,\"" + lines
        let result = try read(Array(csv.utf8), .csv, limits: small)
        #expect(result.rows.isEmpty)
        #expect(result.rejects.map(\.count) == [50])
        #expect(result.rejects.first?.reason == .rowTooLong(limit: 20))
    }

    // MARK: Properties

    /// Writes random rows with every freedom that RFC 4180 gives, and reads them back.
    @Test(arguments: UInt64(1)...20) func whatIsWrittenIsRead(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let alphabet: [String] = ["a", "b", ",", "\"", "\n", "\r\n", " ", "é", "日", "longer text"]
        var csv = "user_id,a,b\n"
        var rows: [ReadRow] = []
        for number in 0..<40 {
            let fields = (0..<2).map { _ in
                (0..<random.below(7)).map { _ in alphabet[random.below(alphabet.count)] }.joined()
            }
            let written = fields.map { field in
                let needsQuotes = field.contains { ",\"\n\r\n".contains($0) }
                guard needsQuotes || random.below(3) == 0 else { return field }
                let doubled = field.split(separator: "\"", omittingEmptySubsequences: false)
                    .joined(separator: "\"\"")
                return "\"" + doubled + "\""
            }
            csv += "u\(number)," + written.joined(separator: ",")
            csv += ["\n", "\r\n", "\n\n"][random.below(3)]
            let variables = ["a": OwnedValue.string(fields[0]), "b": .string(fields[1])]
            rows.append(ReadRow(id: "u\(number)", variables: variables))
        }
        let limits = AudienceLimits()
        let result = try read(Array(csv.utf8), .csv, limits: limits, readBytes: 16)
        #expect(result == ReadResult(rows: rows))
    }

    /// Whatever the bytes, no line gets lost, and how the input is cut makes no difference.
    @Test(arguments: UInt64(1)...60) func noLineGetsLost(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array(",,\"\"\n\n\n\r ab\u{E9}".utf8) + [0, 0xFF]
        let body = (0..<300).map { _ in alphabet[random.below(alphabet.count)] }
        let bytes = Array("user_id,a\n".utf8) + body
        var limits = AudienceLimits()
        limits.rowBytesMax = 30
        let result = try read(bytes, .csv, limits: limits)
        for readBytes in [1, 7, 500] {
            let other = try read(bytes, .csv, limits: limits, chunk: 3, readBytes: readBytes)
            let isSame = other == result
            #expect(isSame, "a window of \(readBytes) more bytes than a row reads differently")
        }
        // Lines that no reject covers: each row, the lines within its fields, and blank ones.
        let lineFeeds = bytes.count { $0 == 0x0A }
        var line: UInt64 = 2
        for reject in result.rejects {
            #expect(reject.skippedLines.lowerBound >= line)
            #expect(reject.line >= reject.skippedLines.lowerBound)
            line = reject.skippedLines.upperBound + 1
        }
        #expect(line <= UInt64(lineFeeds) + 2)
    }
}
