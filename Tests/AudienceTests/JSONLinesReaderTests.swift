import Structures
import Testing

@testable import Audience

@Suite struct JSONLinesReaderTests {
    /// Values as they are written, and what they become.
    static let values: [(json: String, value: OwnedValue)] = [
        ("null", .null), ("true", .bool(true)), ("false", .bool(false)),
        ("0", .integer(0)), ("-0", .integer(0)), ("7", .integer(7)), ("-7", .integer(-7)),
        ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
        ("9223372036854775808", .json("9223372036854775808")),
        ("-9223372036854775809", .json("-9223372036854775809")),
        ("18446744073709551616", .json("18446744073709551616")),
        ("123456789012345678901234567890", .json("123456789012345678901234567890")),
        ("0.0", .number(0)), ("-0.0", .number(-0.0)), ("1.5", .number(1.5)),
        ("1e2", .number(100)), ("1E+2", .number(100)), ("25e-1", .number(2.5)),
        ("0.1", .number(0.1)), ("123456.789", .number(123456.789)), ("19.99", .number(19.99)),
        ("1.7976931348623157e308", .number(1.7976931348623157e308)),
        ("5e-324", .number(.leastNonzeroMagnitude)), ("3e-308", .number(Double("3e-308")!)),
        ("9007199254740993.0", .number(9007199254740992)), ("1e23", .number(1e23)),
        ("0.1234567890123456789012345", .number(0.1234567890123456789012345)),
        ("1e400", .json("1e400")), ("-1e99999999999999999999", .json("-1e99999999999999999999")),
        ("1e-400", .number(0)),
        ("\"\"", .string("")), ("\"text\"", .string("text")), ("\"añ日🎉\"", .string("añ日🎉")),
        ("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", .string("\"\\/\u{8}\u{C}\n\r\t")),
        ("\"\\u0041\\u00e9\\u65E5\\ud83c\\uDF89\"", .string("Aé日🎉")),
        (
            "\"a long text \\u00e9 and then a longer text, with 'quotes'\"",
            .string("a long text é and then a longer text, with 'quotes'")
        ),
        ("\"\\u0000\"", .string("\0")),
        ("[]", .json("[]")), ("{}", .json("{}")), ("[ 1 , [ ] ]", .json("[ 1 , [ ] ]")),
        (
            "{\"a\":{\"b\":[true,null,-1.5e3,\"\\u00e9\\n\"]}}",
            .json("{\"a\":{\"b\":[true,null,-1.5e3,\"\\u00e9\\n\"]}}")
        ),
    ]

    @Test(arguments: values.indices) func valuesKeepTheirType(index: Int) throws {
        let (json, value) = Self.values[index]
        for row in [
            "{\"user_id\":\"u1\",\"variables\":{\"v\":\(json)}}",
            " { \"variables\" : { \"v\" : \(json) } , \"user_id\" : \"u1\" } ",
        ] {
            let result = try read(row, .jsonLines)
            #expect(result == ReadResult(rows: [ReadRow(id: "u1", variables: ["v": value])]))
        }
    }

    @Test(arguments: [
        ("\"u1\"", "u1"), ("\"\\u00fc\\u0031\"", "ü1"), ("17", "17"), ("-17", "-17"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
    ])
    func userIDsAreStringsOrIntegers(json: String, id: String) throws {
        for key in ["user_id", "userId", "\\u0075ser_id"] {
            let result = try read("{\"\(key)\":\(json)}", .jsonLines)
            #expect(result.rows == [ReadRow(id: id, variables: [:])])
            #expect(result.rejects.isEmpty)
        }
    }

    @Test func everySplitGivesTheSameRows() throws {
        var limits = AudienceLimits()
        limits.rowBytesMax = 90
        var text = "\u{FEFF}\n  \n"
        var rows: [ReadRow] = []
        for (number, value) in Self.values.enumerated() {
            let row = "{\"user_id\":\(number),\"variables\":{\"v\":\(value.json)}}"
            guard row.utf8.count <= 90 else { continue }
            text += row + (number % 2 == 0 ? "\n" : "\r\n")
            rows.append(ReadRow(id: "\(number)", variables: ["v": value.value]))
        }
        let bytes = Array(text.dropLast().utf8)
        for size in 1...200 {
            let result = try read(bytes, .jsonLines, limits: limits, chunk: size, readBytes: size)
            #expect(result == ReadResult(rows: rows))
        }
    }

    @Test func variablesAreFoundInAnyOrder() throws {
        let text = """
            {"user_id":"u1","variables":{"a":1,"b":2}}
            {"user_id":"u2","variables":{"b":3,"c":4,"a":5}}
            {"user_id":"u3"}
            {"user_id":"u4","variables":{}}
            {"user_id":"u5","variables":{"c":null}}
            """
        let result = try read(text, .jsonLines)
        #expect(result.rejects.isEmpty)
        #expect(
            result.rows.map(\.variables) == [
                ["a": .integer(1), "b": .integer(2)],
                ["b": .integer(3), "c": .integer(4), "a": .integer(5)], [:], [:], ["c": .null],
            ])
    }

    // MARK: Rejects

    /// Rows that are not used: the column, and a part of the reason.
    static let bad: [(row: String, column: Int, reason: String)] = [
        ("[]", 1, "expected an object"), ("\"u1\"", 1, "expected an object"),
        ("{", 2, "expected a key"), ("{}", 2, "no user_id"),
        ("{\"variables\":{}}", 16, "no user_id"),
        ("{user_id:1}", 2, "expected a key"), ("{\"user_id\" 1}", 12, "expected a colon"),
        ("{\"user_id\":1 \"variables\":{}}", 14, "expected a comma or a closing brace"),
        ("{\"user_id\":1,}", 14, "expected a key"), ("{\"user_id\":1", 13, "a comma or a closing"),
        ("{\"user_id\":1}}", 14, "expected the end of the line"),
        ("{\"user_id\":1}{\"user_id\":2}", 14, "expected the end of the line"),
        ("{\"user_id\":null}", 12, "neither a string nor an integer"),
        ("{\"user_id\":true}", 12, "neither a string nor an integer"),
        ("{\"user_id\":1.0}", 12, "neither a string nor an integer"),
        ("{\"user_id\":1e3}", 12, "neither a string nor an integer"),
        ("{\"user_id\":[1]}", 12, "neither a string nor an integer"),
        ("{\"user_id\":nope}", 12, "expected a value"),
        ("{\"user_id\":\"\"}", 12, "the user id is empty"),
        ("{\"user_id\":\"a\\u0000\"}", 12, "control character"),
        ("{\"user_id\":\"a\\nb\"}", 12, "control character"),
        ("{\"user_id\":1,\"user_id\":2}", 14, "\"user_id\" is there twice"),
        ("{\"user_id\":1,\"userId\":1}", 14, "\"userId\" is there twice"),
        ("{\"user_id\":1,\"variables\":{},\"variables\":{}}", 29, "\"variables\" is there twice"),
        ("{\"user_id\":1,\"name\":\"x\"}", 14, "unknown key \"name\""),
        ("{\"user_id\":1,\"na\\nme\":\"x\"}", 14, "unknown key \"na me\""),
        ("{\"user_id\":1,\"variables\":[]}", 26, "the variables are not an object"),
        ("{\"user_id\":1,\"variables\":null}", 26, "the variables are not an object"),
        ("{\"user_id\":1,\"variables\":{\"a\":1,\"a\":2}}", 33, "\"a\" is there twice"),
        ("{\"user_id\":1,\"variables\":{\"a\":1,\"\\u0061\":2}}", 33, "\"a\" is there twice"),
        ("{\"user_id\":1,\"variables\":{\"a\":null,\"a\":2}}", 36, "\"a\" is there twice"),
        ("{\"user_id\":1,\"variables\":{\"\":1}}", 27, "a variable has no name"),
    ]

    /// Values that are not JSON: the column in the value, and what was expected.
    static let badValues: [(json: String, column: Int, expected: String)] = [
        ("", 1, "a value"), ("tru", 1, "a value"), ("True", 1, "a value"), ("nul", 1, "a value"),
        ("'a'", 1, "a value"), ("+1", 1, "a value"), (".5", 1, "a value"), ("NaN", 1, "a value"),
        ("-", 2, "a digit"), ("-a", 2, "a digit"), ("1.", 3, "a digit"), ("1.e1", 3, "a digit"),
        ("1e", 3, "a digit"), ("1e+", 4, "a digit"), ("01", 2, "a comma or a closing brace"),
        ("0x1", 2, "a comma or a closing brace"), ("1_000", 2, "a comma or a closing brace"),
        ("[1,]", 4, "a value"), ("[,1]", 2, "a value"),
        ("[1 2]", 4, "a comma or a closing bracket"),
        ("[1}", 3, "a comma or a closing bracket"), ("{\"a\":1,}", 8, "a key in quotes"),
        ("{a:1}", 2, "a key in quotes"), ("{\"a\"}", 5, "a colon"), ("{\"a\":}", 6, "a value"),
        ("{\"a\":1]", 7, "a comma or a closing brace"),
        ("\"\\x\"", 2, "a character that can be escaped"),
        ("\"\\u12\"", 2, "a character that can be escaped"),
        ("\"\\u12G4\"", 2, "a character that can be escaped"),
        ("\"a\tb\"", 3, "no control character in a string"),
        ("[\"a\tb\"]", 4, "no control character in a string"),
        ("[\"\\q\"]", 3, "a character that can be escaped"),
    ]

    @Test(arguments: bad.indices) func badRowsAreRejectedWithTheirColumn(index: Int) throws {
        let (row, column, reason) = Self.bad[index]
        let result = try read("\n\(row)\n{\"user_id\":\"next\"}\n", .jsonLines)
        #expect(result.rows.map(\.id) == ["next"])
        #expect(result.rejects.map(\.line) == [2])
        #expect(result.rejects.map(\.column) == [column])
        #expect(result.rejects.first?.reason.description.contains(reason) == true)
    }

    @Test(arguments: badValues.indices) func badValuesAreRejected(index: Int) throws {
        let (json, column, expected) = Self.badValues[index]
        let start = "{\"user_id\":1,\"variables\":{\"v\":"
        let result = try read(start + json + "}}", .jsonLines)
        let reason = "invalid JSON: expected " + expected
        #expect(result.rejectTexts == ["1:\(start.utf8.count + column) \(reason)"])
        #expect(result.rows.isEmpty)
    }

    @Test func textThatIsCutOffIsRejectedAtEveryByte() throws {
        let row = Array(
            "{\"user_id\":\"u\",\"variables\":{\"a\":[1.5,{\"b\":\"\\u00e9é\"}],\"c\":true}}".utf8)
        for length in 1..<row.count {
            let result = try read(Array(row.prefix(length)), .jsonLines)
            #expect(result.rows.isEmpty && result.rejects.count == 1)
        }
    }

    @Test(arguments: ["\\ud800", "\\udc00", "\\ud800\\u0041", "\\ud800x", "\\udfff\\ud800"])
    func halvesOfSurrogatePairsAreRejected(escape: String) throws {
        for value in ["\"\(escape)\"", "[\"\(escape)\"]"] {
            let result = try read("{\"user_id\":1,\"variables\":{\"v\":\(value)}}", .jsonLines)
            #expect(result.rejects.map(\.reason) == [.unpairedSurrogate])
        }
    }

    @Test func bytesThatAreNotUTF8AreRejected() throws {
        let bytes = Array("{\"user_id\":\"u".utf8) + [0xE9] + Array("\"}\n".utf8)
        #expect(try read(bytes, .jsonLines).rejectTexts == ["1:14 the bytes are not UTF-8"])
        #expect(
            try read("{\"user_id\":\"u\0\"}", .jsonLines).rejectTexts
                == ["1:14 the row contains a zero byte"])
    }

    // MARK: Limits

    @Test func nestingHasItsLimit() throws {
        func row(_ depth: Int) -> String {
            let value =
                String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
            return "{\"user_id\":1,\"variables\":{\"v\":\(value)}}"
        }
        #expect(try read(row(32), .jsonLines).rows.count == 1)
        #expect(
            try read(row(33), .jsonLines).rejectTexts
                == ["1:63 arrays and objects nest deeper than 32"])
        #expect(try read(row(20_000), .jsonLines).rejects.count == 1)
    }

    @Test func theNumberOfVariablesHasItsLimit() throws {
        var limits = AudienceLimits()
        limits.columnsMax = 2
        let text = """
            {"user_id":1,"variables":{"a":1}}
            {"user_id":2,"variables":{"b":1}}
            {"user_id":3,"variables":{"c":1}}
            {"user_id":4,"variables":{"b":1,"a":2}}
            """
        let result = try read(text, .jsonLines, limits: limits)
        #expect(result.rows.map(\.id) == ["1", "2", "4"])
        #expect(result.rejects.map(\.reason) == [.tooManyColumns(limit: 2, name: "c")])
    }

    @Test func theLengthOfANameHasItsLimit() throws {
        func row(_ length: Int) -> String {
            "{\"user_id\":1,\"variables\":{\"\(String(repeating: "n", count: length))\":1}}"
        }
        #expect(try read(row(128), .jsonLines).rows.count == 1)
        #expect(try read(row(129), .jsonLines).rejects.map(\.reason) == [.nameTooLong(limit: 128)])
    }

    @Test(arguments: [AudienceFormat.csv, .jsonLines])
    func theLengthOfAUserIDHasItsLimit(format: AudienceFormat) throws {
        func input(_ length: Int) -> String {
            let id = String(repeating: "i", count: length)
            return format == .csv ? "user_id\n\(id)\n" : "{\"user_id\":\"\(id)\"}\n"
        }
        #expect(try read(input(256), format).rows.count == 1)
        #expect(try read(input(257), format).rejects.map(\.reason) == [.userIDTooLong(limit: 256)])
    }

    @Test(arguments: 1...40) func aLongRowIsSkippedToItsEnd(readBytes: Int) throws {
        var limits = AudienceLimits()
        limits.rowBytesMax = 20
        let row = "{\"user_id\":\"123456\"}"
        let long = "{\"user_id\":\"1234567\"}"
        let longer = String(repeating: "x", count: 200)
        for lineEnd in ["\n", "\r\n"] {
            let text = [row, long, row, longer, row, long].joined(separator: lineEnd)
            let result = try read(
                Array(text.utf8), .jsonLines, limits: limits, readBytes: readBytes)
            #expect(result.rows.map(\.id) == ["123456", "123456", "123456"])
            #expect(result.rejects.map(\.line) == [2, 4, 6])
            #expect(result.rejects.allSatisfy { $0.reason == .rowTooLong(limit: 20) })
        }
    }

    /// Every number that is a double comes out as the standard library reads it.
    @Test func doublesAreRoundedCorrectly() throws {
        var random = SeededGenerator(seed: 3)
        var text = ""
        var expected: [OwnedValue] = []
        for number in 0..<500 {
            let digits = String(random.next() >> UInt64(random.below(64)))
            let fraction = String(random.below(1_000_000))
            let exponent = random.below(2) == 0 ? "" : "e\(random.below(640) - 320)"
            let json = "\(digits).\(fraction)\(exponent)"
            guard let value = Double(json), value.isFinite else { continue }
            text += "{\"user_id\":\(number),\"variables\":{\"v\":\(json)}}\n"
            expected.append(.number(value))
        }
        let result = try read(text, .jsonLines)
        #expect(result.rows.map { $0.variables["v"] } == expected)
    }

    /// Random damage never crashes, and every line is a row or a reject.
    @Test(arguments: UInt64(1)...20) func damagedRowsAreRowsOrRejects(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let row = "{\"user_id\":\"u1\",\"variables\":{\"a\":[1.5,{\"b\":\"\\u00e9é\"}],\"c\":-1e3}}"
        var bytes: [UInt8] = []
        for _ in 0..<100 {
            var line = Array(row.utf8)
            for _ in 0...random.below(3) {
                let alphabet = Array("\"\\{}[],:u0 -.eé".utf8)
                line[random.below(line.count)] = alphabet[random.below(alphabet.count)]
            }
            bytes += line + [0x0A]
        }
        let result = try read(bytes, .jsonLines)
        #expect(result.rows.count + result.rejects.count == 100)
    }
}
