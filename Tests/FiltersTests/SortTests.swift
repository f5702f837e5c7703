import GRDB
import JSON
import Structures
import Testing

@testable import Filters

@Suite struct SortTests {
    private let schema = FilterSchema.users(app: 7)

    private func mistakes(_ value: JSONValue) -> [FilterMistake] {
        do {
            _ = try SortSpec(value, schema: schema, at: "/sort")
            return []
        } catch {
            return error.list
        }
    }

    @Test func theKeyMakesEveryOrderTotal() throws {
        #expect(SortSpec(schema: schema).orderBy == "user.pk ASC")
        #expect(try SortSpec([], schema: schema) == SortSpec(schema: schema))
        let sort = try SortSpec(
            [["field": "name"], ["field": "last_active", "direction": -1]], schema: schema)
        #expect(sort.orderBy == "user.name ASC, user.last_active_at DESC, user.pk DESC")
        #expect(sort.columns == ["user.name", "user.last_active_at", "user.pk"])
        let targets = FilterSchema.targets(segment: 3)
        let byID = try SortSpec([["field": "target_id", "direction": -1]], schema: targets)
        #expect(byID.orderBy == "segment_target.target_id DESC")
    }

    @Test func mistakesNameTheirPlace() {
        func found(_ value: JSONValue) -> [String] {
            mistakes(value).map { "\($0.code.rawValue) \($0.path)" }
        }
        #expect(found(["field": "name"]) == ["wrong_type /sort"])
        #expect(found(["name"]) == ["wrong_type /sort/0"])
        #expect(found([["direction": 1]]) == ["wrong_type /sort/0"])
        #expect(found([["field": "it's"]]) == ["unknown_field /sort/0/field"])
        #expect(found([["field": "name", "order": 1]]) == ["unknown_field /sort/0/order"])
        #expect(found([["field": "name", "direction": 2]]) == ["wrong_type /sort/0/direction"])
        #expect(found([["field": "name", "direction": "asc"]]) == ["wrong_type /sort/0/direction"])
        #expect(found([["field": "tags"]]) == ["not_sortable /sort/0/field"])
        #expect(found([["field": "plan"]]) == ["not_sortable /sort/0/field"])
        #expect(
            found([["field": "locale"], ["field": "language"]])
                == ["duplicate_field /sort/1/field"])
        let five = JSONValue.array(
            ["id", "name", "locale", "timezone", "created_at"].map { ["field": .string($0)] })
        #expect(found(five) == ["too_many_fields /sort"])
        #expect(
            mistakes([["field": "tags"]]).first?.message
                == "expected one of created_at, id, last_active_at, locale, name, timezone, updated_at"
        )
    }

    @Test func valuesThatNoRowHasAreRefused() throws {
        let sort = try SortSpec([["field": "name"], ["field": "created_at"]], schema: schema)
        let good: [FilterArgument] = [.text("a"), .integer(1), .integer(1)]
        #expect(sort.keysetCondition(after: good) != nil)
        #expect(sort.keysetCondition(after: [.null, .integer(1), .integer(1)]) != nil)
        let bad: [[FilterArgument]] = [
            [], Array(good.dropLast()), good + [.null], [.integer(1), .integer(1), .integer(1)],
            [.text("a"), .null, .integer(1)], [.text("a"), .text("1"), .integer(1)],
            [.text("a"), .integer(1), .null], [.text("a"), .real(1), .integer(1)],
        ]
        for values in bad { #expect(sort.keysetCondition(after: values) == nil, "\(values)") }
    }

    /// Few values, so that most rows are equal in most columns.
    private func people(_ random: inout SeededGenerator) -> [Person] {
        (Int64(1)...120).map { pk in
            var person = Person(pk: pk, app: pk % 6 == 0 ? 8 : 7, id: "u\(pk * 7_919 % 1_000)")
            person.name = [nil, "a", "é", "b'"].randomElement(using: &random)!
            person.locale = [nil, "en"].randomElement(using: &random)!
            person.createdAt = .random(in: 1...4, using: &random)
            person.lastActiveAt = [nil, 1, 2].randomElement(using: &random)!
            return person
        }
    }

    @Test(arguments: UInt64(1)...10)
    func cursorsMeetEveryRowOnce(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let people = people(&random)
        let tables = try UserTables(people)
        let filter = try Filter(["created_at": ["$exists": true]], schema: schema).compiled
        for _ in 0..<12 {
            let names = ["name", "locale", "created_at", "last_active_at", "id"]
                .shuffled(using: &random).prefix(.random(in: 0...4, using: &random))
            let directions = names.map { _ in Bool.random(using: &random) ? 1 : -1 }
            let json = zip(names, directions).map { name, direction -> JSONValue in
                ["field": .string(name), "direction": .integer(Int64(direction))]
            }
            let sort = try SortSpec(.array(json), schema: schema)
            let pageSize = Int.random(in: 1...9, using: &random)
            let walked = try walk(tables, filter, sort, pageSize: pageSize)
            let expected = people.filter { $0.app == 7 }.sorted {
                isBefore($0, $1, Array(zip(names, directions)))
            }
            #expect(
                walked == expected.map(\.pk), "seed \(seed): \(sort.orderBy), \(pageSize) a page")
        }
    }

    /// Reads pages until one is empty.
    private func walk(
        _ tables: UserTables, _ filter: CompiledFilter, _ sort: SortSpec, pageSize: Int
    ) throws -> [Int64] {
        try tables.queue.read { db in
            var keys: [Int64] = []
            var condition = filter
            while keys.count <= 1_000 {
                let sql = """
                    SELECT \(sort.columns.joined(separator: ", ")) FROM user
                    WHERE \(condition.sql) ORDER BY \(sort.orderBy) LIMIT \(pageSize)
                    """
                let rows = try Row.fetchAll(db, sql: sql, arguments: condition.bindings)
                guard let last = rows.last else { break }
                keys += rows.map { $0[sort.columns.count - 1] }
                let values = Array(last.databaseValues.map(FilterArgument.init))
                condition = filter.and(try #require(sort.keysetCondition(after: values)))
            }
            return keys
        }
    }

    /// The order of the model: by bytes, missing values first, the key last.
    private func isBefore(_ a: Person, _ b: Person, _ sort: [(String, Int)]) -> Bool {
        func value(_ person: Person, _ name: String) -> [UInt8]? {
            switch name {
            case "name": person.name.map { Array($0.utf8) }
            case "locale": person.locale.map { Array($0.utf8) }
            case "id": Array(person.id.utf8)
            case "created_at": [UInt8(person.createdAt)]
            default: person.lastActiveAt.map { [UInt8($0)] }
            }
        }
        for (name, direction) in sort {
            let (left, right) = (value(a, name), value(b, name))
            if left == right { continue }
            let isLess = (left ?? []).lexicographicallyPrecedes(right ?? [])
            return direction == 1 ? isLess : !isLess
        }
        return sort.last?.1 ?? 1 == 1 ? a.pk < b.pk : a.pk > b.pk
    }
}
