import JSON
import Structures
import Testing

@testable import Filters

/// Filters are answered by the indexes that are there for them.
@Suite struct PlanTests {
    private func plan(_ filter: JSONValue) throws -> [String] {
        var random = SeededGenerator(seed: 1)
        let people = (1...50).map { Person.random(pk: $0, app: 7, using: &random) }
        let schema = FilterSchema.users(app: 7, attributes: Person.declared)
        let understood = try Filter(filter, schema: schema)
        return try UserTables(people).plan(
            where: understood.compiled(
                using: understood.indexed.isEmpty ? nil : 0, ownsTable: false))
    }

    @Test func anAttributeAndATagAreBothFoundByIndex() throws {
        let plan = try plan(["plan": "pro", "tags": ["$contains": "vip"]])
        #expect(
            plan.contains(
                "SEARCH user USING INDEX user_attribute_0 (<expr>=?)"),
            "\(plan)")
        #expect(
            plan.contains("SEARCH user_tag USING PRIMARY KEY (tag=?)"), "\(plan)")
    }

    @Test(
        arguments: [
            (["plan": ["$gt": "a"]], "user_attribute_0 (<expr>>?)"),
            (["plan": ["$in": ["a", "b"]]], "user_attribute_0 (<expr>=?)"),
            (["age": ["$gte": 5, "$lt": 9]], "user_attribute_1 (<expr>>? AND <expr><?)"),
            (["score": 1], "user_attribute_2 (<expr>=?)"),
            (["beta": true], "user_attribute_3 (<expr>=?)"),
            (["renewed": ["$gt": "2026-01-01T00:00:00Z"]], "user_attribute_4 (<expr>>?)"),
            (["home.city": "Rome"], "user_attribute_7 (<expr>=?)"),
            (["id": "u"], "user_id (app=? AND id=?)"),
            (["id": ["$in": ["u", "v"]]], "user_id (app=? AND id=?)"),
            (
                ["created_at": ["$lt": "2026-01-01T00:00:00Z"]],
                "user_created (app=? AND created_at<?)"
            ),
            (
                ["events.login": ["$gt": "2026-01-01T00:00:00Z"]],
                "user_event_last (app=? AND name=? AND last_at>?)"
            ),
        ] as [(JSONValue, String)])
    func aConditionIsFoundByIndex(filter: JSONValue, index: String) throws {
        let plan = try plan(filter)
        #expect(plan.contains { $0.hasPrefix("SEARCH") && $0.hasSuffix(index) }, "\(plan)")
    }

    @Test func anIndexIsTakenOrNoneAsTheCallerSays() throws {
        let schema = FilterSchema.users(app: 7, attributes: Person.declared)
        let filter = try Filter(
            ["plan": "pro", "age": ["$gt": 5], "locale": "de"], schema: schema)
        let tables = try UserTables()
        let plans = try [0, 1, nil].map {
            try tables.plan(where: filter.compiled(using: $0, ownsTable: true))
        }
        #expect(filter.indexed.count == 2)
        #expect(
            plans.map(\.first) == [
                "SEARCH user USING INDEX user_attribute_1 (<expr>>?)",
                "SEARCH user USING INDEX user_attribute_0 (<expr>=?)", "SCAN user",
            ])
        let among = try tables.plan(where: filter.compiled(using: nil, ownsTable: false))
        #expect(among.first?.hasSuffix("(app=?)") == true, "\(among)")
    }

    @Test func aPageAfterACursorIsEnteredByIndex() throws {
        let schema = FilterSchema.users(app: 7)
        let tables = try UserTables()
        let sort = try SortSpec([["field": "created_at", "direction": -1]], schema: schema)
        let after = try #require(sort.keysetCondition(after: [.integer(5), .integer(9)]))
        let filter = try Filter([:], schema: schema).compiled.and(after)
        #expect(
            try tables.plan(where: filter, orderBy: sort.orderBy)
                == ["SEARCH user USING COVERING INDEX user_created (app=? AND created_at<?)"])
    }

    @Test func onlyAttributesOfOneTypeHaveAnIndex() throws {
        let path = try #require(AttributePath("home.city"))
        #expect(
            DeclaredAttribute(path: path, type: .string, isIndexed: true).indexExpression()
                == #"CASE WHEN json_type(attributes, '$."home"."city"') = 'text' "#
                + #"THEN json_extract(attributes, '$."home"."city"') END"#)
        #expect(
            DeclaredAttribute(path: path, type: .stringSet, isIndexed: true).indexExpression()
                == nil)
        #expect(
            DeclaredAttribute(path: path, type: .json, isIndexed: true).indexExpression() == nil)
    }
}
