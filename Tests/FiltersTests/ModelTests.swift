import JSON
import Structures
import Testing

@testable import Filters

@Suite struct ModelTests {
    /// 3,000 users and 3,000 filters in all.
    @Test(arguments: UInt64(1)...20)
    func aStatementFindsWhomTheFilterMeans(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let people = (1...150).map { pk in
            Person.random(pk: Int64(pk), app: pk % 10 == 0 ? 8 : 7, using: &random)
        }
        let tables = try UserTables(people)
        let schema = FilterSchema.users(app: 7, attributes: Person.declared)
        let own = people.filter { $0.app == 7 }.map(FilterModel.init)
        var filters = RandomFilter(random)
        var interesting = 0
        for number in 0..<150 {
            let json = filters.next()
            let filter = try Filter(json, schema: schema)
            let found = try tables.keys(where: filter.compiled)
            let expected = own.filter { $0.matches(json) }.map(\.person.pk)
            if !expected.isEmpty, expected.count < own.count { interesting += 1 }
            for index in [nil] + filter.indexed.indices.map(Optional.some) {
                let ownsTable = random.next() % 2 == 0
                let chosen = filter.compiled(using: index, ownsTable: ownsTable)
                #expect(try tables.keys(where: chosen) == expected, "\(chosen.sql)")
            }
            guard found != expected else { continue }
            let wrong = Set(found).symmetricDifference(expected).min()!
            Issue.record(
                """
                seed \(seed), filter \(number): \(json.encoded)
                user \(wrong) is \(expected.contains(wrong) ? "missing" : "too much"):
                \(people[Int(wrong) - 1])
                \(filter.compiled.sql)
                """)
            return
        }
        // Filters that take all or none would prove little.
        #expect(interesting > 60)
    }
}
