import GRDB
import JSON
import Testing

@testable import Filters

@Suite struct InjectionTests {
    private static let hostile = [
        "'", "''", "\"", "`", "';--", "'; DROP TABLE user; --", "x' OR '1'='1", ") OR (1=1", "?",
        "?1",
        ":a", "@a", "$a", "%", "_", "\\", "\\'", "\\\"", "[", "]", "*", "/*", "--", "\n", "\r\n",
        "\t",
        "\u{1}", "\u{7F}", "\u{FEFF}", "\u{FFFF}", "\u{202E}", "user.pk", "NULL", "{}", "[]",
        "$.\"a\"",
        "🙂", String(repeating: "'", count: 1_024), String(repeating: "🙂", count: 256),
    ]

    /// Filters that hold `text` wherever a text may be.
    private func filters(_ text: String) -> [JSONValue] {
        let value = JSONValue.string(text)
        let short = JSONValue.string(String(text.unicodeScalars.prefix(64)))
        let fields = [
            "id", "name", "tags", "plan", "odd", "attributes.x-1", "home.city", "teams", "extra",
            "consent.push",
        ]
        return fields.flatMap { field -> [JSONValue] in
            [[field: value], [field: ["$in": [value, "x"]]], [field: ["$nin": [value]]]]
        } + [
            ["name": ["$autocomplete": short]], ["odd": ["$autocomplete": short]],
            ["tags": ["$contains": value]], ["odd": ["$contains": value]],
            ["name": ["$gt": value]], ["odd": ["$lte": value]],
            ["$nor": [["name": ["$not": ["$eq": value]]]]],
        ]
    }

    @Test func noStringOfAFilterIsPartOfTheStatement() throws {
        let schema = FilterSchema.users(app: 7, attributes: Person.declared)
        var person = Person(pk: 1, app: 7, id: "u")
        person.name = "'; DROP TABLE user; --"
        let tables = try UserTables([person])
        let harmless = try filters("x").map { try Filter($0, schema: schema).compiled.sql }
        for text in Self.hostile {
            for (index, json) in filters(text).enumerated() {
                let filter = try Filter(json, schema: schema).compiled
                #expect(filter.sql == harmless[index], "\(json.encoded)")
                let isMeant = FilterModel(person: person).matches(json)
                #expect(try tables.keys(where: filter) == (isMeant ? [1] : []), "\(json.encoded)")
            }
        }
        #expect(try tables.keys(where: Filter([:], schema: schema).compiled) == [1])
    }

    @Test func noNameOfAFilterIsPartOfTheStatement() throws {
        let schema = FilterSchema.users(app: 7, attributes: Person.declared)
        let tables = try UserTables([Person(pk: 1, app: 7, id: "u")])
        let event = try Filter(["events.x": ["$exists": true]], schema: schema).compiled
        let names = Self.hostile + ["marker", "marker-1", "_marker"]
        for text in names {
            for prefix in ["", "attributes.", "consent.", "attributes.a.", "$"] {
                guard let filter = try? Filter([prefix + text: "x"], schema: schema) else {
                    continue
                }
                let harmless = try Filter([prefix + "x": "x"], schema: schema).compiled
                #expect(filter.compiled.sql == harmless.sql, "\(prefix)\(text)")
                #expect(try tables.keys(where: filter.compiled) == [])
            }
            let name = String(text.prefix(20))
            let filter = try Filter(["events.\(name)": ["$exists": true]], schema: schema).compiled
            #expect(filter.sql == event.sql)
            #expect(filter.arguments.contains(.text(name)))
            #expect(try tables.keys(where: filter) == [])
        }
        #expect(throws: FilterMistakes.self) { try Filter(["'; --": "x"], schema: schema) }
    }

    @Test func theStatementDoesNotGrowWithTheValues() throws {
        let schema = FilterSchema.users(app: 7)
        func filter(_ count: Int) throws -> CompiledFilter {
            let values = (0..<count).map { JSONValue.string("u\($0)") }
            return try Filter(["id": ["$in": .array(values)]], schema: schema).compiled
        }
        #expect(try filter(2).sql == filter(1_000).sql)
        #expect(try filter(1_000).arguments.count == 1)
    }

    @Test func halfASurrogatePairDoesNoHarm() throws {
        let schema = FilterSchema.users(app: 7, attributes: Person.declared)
        let tables = try UserTables([Person(pk: 1, app: 7, id: "u")])
        for text in [#"{"name": "\ud800"}"#, #"{"odd": "x\udfff"}"#, #"{"\udc00": 1}"#] {
            // Refused by the reader of JSON, or read as a replacement character.
            guard let json = try? JSONValue(parsing: text) else { continue }
            guard let filter = try? Filter(json, schema: schema) else { continue }
            #expect(try tables.keys(where: filter.compiled) == [])
        }
    }

    @Test func theLargestFilterIsAStatementThatSQLiteTakes() throws {
        let schema = FilterSchema.users(app: 7, attributes: Person.declared)
        let person = Person(pk: 1, app: 7, id: "u")
        let tables = try UserTables([person])
        let inner: [JSONValue] = (0..<FilterLimits.conditions).map { number in
            let name = "a\(number)." + Array(repeating: "b", count: 7).joined(separator: ".")
            return [name: ["$nin": ["x", 1, true]]]
        }
        let filters = (0..<FilterLimits.depth).reduce(JSONValue.array(inner)) { inner, level in
            [[level % 2 == 0 ? "$or" : "$nor": inner]]
        }
        let filter = try #require(filters.array?.first)
        let isMeant = FilterModel(person: person).matches(filter)
        let compiled = try Filter(filter, schema: schema).compiled
        #expect(try tables.keys(where: compiled) == (isMeant ? [1] : []))
    }
}
