import JSON
import Testing

@testable import Filters

@Suite struct FilterTests {
    private let schema = FilterSchema.users(app: 7, attributes: Person.declared)

    @Test func theSourceIsKeptAsItWasGiven() throws {
        let text = #"{"$or":[{"plan":"pro"},{"age":{"$gt":5}}]}"#
        let filter = try Filter(JSONValue(parsing: text), schema: schema)
        #expect(filter.source.encoded == text)
        #expect(try filter == Filter(filter.source, schema: schema))
    }

    @Test func everyStatementIsBoundToItsApp() throws {
        let filter = try Filter(["$or": [["name": "a"], ["tags": "b"]]], schema: schema).compiled
        #expect(filter.sql.hasPrefix("(user.app = 7 AND ("))
        #expect(try Filter([:], schema: schema).compiled.sql == "user.app = 7")
    }

    @Test func theFingerprintTellsQueriesApart() throws {
        let byKey = SortSpec(schema: schema)
        let byName = try SortSpec([["field": "name"]], schema: schema)
        let filters: [JSONValue] = [
            [:], ["plan": "pro"], ["plan": "free"], ["odd": 1], ["odd": "1"], ["odd": .number(1)],
            ["odd": true], ["name": nil], ["name": ["$exists": true]], ["tags": "ab"],
        ]
        var seen: Set<UInt64> = []
        for json in filters {
            let filter = try Filter(json, schema: schema)
            seen.insert(filter.fingerprint(sort: byKey))
            seen.insert(filter.fingerprint(sort: byName))
        }
        let other = FilterSchema.campaigns(app: 7)
        seen.insert(try Filter([:], schema: other).fingerprint(sort: SortSpec(schema: other)))
        #expect(seen.count == 2 * filters.count + 1)
    }

    @Test func theFingerprintIsStable() throws {
        let sort = try SortSpec([["field": "created_at", "direction": -1]], schema: schema)
        let short = try Filter(["plan": "pro", "age": ["$gt": 5]], schema: schema)
        let long = try Filter(
            ["$and": [["attributes.age": ["$gt": 5]], ["attributes.plan": ["$eq": "pro"]]]],
            schema: schema)
        #expect(short.fingerprint(sort: sort) == long.fingerprint(sort: sort))
        // When this number changes, the cursors of the release before are refused.
        #expect(short.fingerprint(sort: sort) == 707_826_069_065_448_213)
    }

    @Test func nearNamesAreFound() {
        let known = ["name", "created_at", "completed_at", "locale"]
        #expect(NearestName.find("nmae", in: known) == "name")
        #expect(NearestName.find("createdat", in: known) == "created_at")
        #expect(NearestName.find("locales", in: known) == "locale")
        #expect(NearestName.find("plan", in: known) == nil)
        #expect(NearestName.find("", in: known) == nil)
        #expect(NearestName.find(String(repeating: "x", count: 10_000), in: known) == nil)
    }

    @Test func autocompletePatternsFoldEveryLetter() {
        #expect(AutocompletePattern("aB1").start == "[aA][Bb]1*")
        #expect(AutocompletePattern("é*").start == "[éÉ][*]*")
        #expect(AutocompletePattern("[]?").start == "[[]][?]*")
        #expect(AutocompletePattern("ς").start == "[ςΣσ]*")
        #expect(AutocompletePattern("ß").start == "ß*")
        #expect(AutocompletePattern("a").word.hasSuffix("-][aA]*"))
    }
}
