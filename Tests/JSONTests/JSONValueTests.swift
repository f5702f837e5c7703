import JSON
import Testing

/// What is one JSON value, what it is read as, and how it is written.
@Suite struct JSONValueTests {
    static let read: [(String, JSONValue)] = [
        ("null", .null), (" true ", true), ("false", false), ("0", 0), ("-0", 0),
        ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
        ("9223372036854775808", .number(9.223372036854775808e18)), ("1.0", .number(1)),
        ("-1.5e-3", .number(-0.0015)), ("1E2", .number(100)), ("\"\"", ""), ("[]", []),
        ("{}", [:]), ("[1, [2], {\"a\": null}]", [1, [2], ["a": nil]]),
        ("{\"a\": 1, \"a\": 2}", ["a": 2]),
    ]

    @Test(arguments: read)
    func aValueIsRead(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: text) == value)
    }

    @Test(arguments: [
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""a\u00e9b""#, "aéb"),
        (#""\uD83D\uDE00""#, "😀"), (#""\ud83d""#, "\u{FFFD}"), (#""\ud83d\u0041""#, "\u{FFFD}A"),
        (#""\uDE00x""#, "\u{FFFD}x"), ("\"é\\n€\"", "é\n€"),
    ])
    func aStringIsReadWithItsEscapes(text: String, string: String) throws {
        #expect(try JSONValue(parsing: text).string == string)
    }

    @Test(arguments: [
        ("", 0), (" ", 1), ("nul", 0), ("01", 2), ("-", 1), ("1.", 2), ("1e", 2), ("+1", 0),
        ("NaN", 0), ("Infinity", 0), ("1e400", 0), ("[1,]", 3), ("[1 2]", 3), ("{\"a\" 1}", 5),
        ("{a: 1}", 1), ("{\"a\": 1,}", 8), ("\"a", 2), ("\"\u{1}\"", 1), (#""\x""#, 1),
        (#""\u12g4""#, 1), ("1 2", 2), ("\0", 0),
    ])
    func bytesThatAreNoValueAreRefusedAtTheirPlace(text: String, offset: Int) {
        let mistake = #expect(throws: JSONMistake.self) { try JSONValue(parsing: text) }
        #expect(mistake?.offset == offset)
    }

    @Test func aMistakeHasLineAndColumn() {
        let mistake = #expect(throws: JSONMistake.self) { try JSONValue(parsing: "[1,\n  x]") }
        #expect(mistake.map { [$0.line, $0.column] } == [2, 3])
        #expect(mistake?.description == "not valid JSON at line 2, column 3")
    }

    @Test func bytesThatAreNotUTF8AreRefused() {
        #expect(throws: JSONMistake.self) { try JSONValue(parsing: [0x22, 0xFF, 0x22]) }
    }

    @Test func asDeepAsTheLimitIsReadAndOneLevelMoreIsNot() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try JSONValue(parsing: nested(JSONLimits.depth))
        #expect(throws: JSONMistake.self) { try JSONValue(parsing: nested(JSONLimits.depth + 1)) }
    }

    static let written: [(JSONValue, String)] = [
        (.null, "null"), ([true, false], "[true,false]"), (.integer(.min), "\(Int64.min)"),
        (.number(1), "1.0"), (.number(-0.0), "-0.0"), (.number(1e300), "1e+300"),
        (["b": .array([]), "a": .object([:])], #"{"a":{},"b":[]}"#),
        ("é\u{1F}\"\\\n\u{7F}", "\"é\\u001f\\\"\\\\\\n\u{7F}\""),
    ]

    @Test(arguments: written)
    func aValueIsWrittenWithoutSpacesAndInOrder(value: JSONValue, text: String) throws {
        #expect(value.encoded == text)
        #expect(try JSONValue(parsing: text) == value)
    }
}
