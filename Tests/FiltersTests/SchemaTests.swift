import GRDB
import JSON
import Testing

@testable import Filters

@Suite struct SchemaTests {
    private func found(
        _ filter: JSONValue, _ schema: FilterSchema, _ queue: DatabaseQueue
    ) throws -> [String] {
        let compiled = try Filter(filter, schema: schema).compiled
        let id = schema.kind == "targets" ? "target_id" : "id"
        return try queue.read { db in
            try String.fetchAll(
                db,
                sql:
                    "SELECT \(id) FROM \(schema.table) WHERE \(compiled.sql) ORDER BY \(schema.key)",
                arguments: compiled.bindings)
        }
    }

    @Test func campaignsAreFoundByTheirColumnsAndSegments() throws {
        let queue = try DatabaseQueue()
        try queue.write { db in
            try db.execute(
                sql: """
                    CREATE TABLE campaign (pk INTEGER PRIMARY KEY, app, id, name, title,
                        description, status, sender_id, template_id, delivery_mode, tag, created_at,
                        updated_at, started_at, completed_at, scheduled_for, segment_ids);
                    INSERT INTO campaign (pk, app, id, name, status, sender_id, created_at, segment_ids)
                    VALUES (1, 7, 'c1', 'Spring Sale', 'draft', 'ann', 1767225600000, '["s1","s2"]'),
                        (2, 7, 'c2', NULL, 'running', 'bob', 1767225600001, '["s2"]'),
                        (3, 7, 'c3', 'Sale', 'running', NULL, 1767312000000, NULL),
                        (4, 8, 'c4', 'Sale', 'running', 'ann', 1767225600000, '["s1"]')
                    """)
        }
        let schema = FilterSchema.campaigns(app: 7)
        func expect(_ filter: JSONValue, _ ids: [String], line: Int = #line) throws {
            let found = try found(filter, schema, queue)
            #expect(found == ids, "line \(line)")
        }
        try expect([:], ["c1", "c2", "c3"])
        try expect(["status": "running"], ["c2", "c3"])
        try expect(["sender_id": ["$in": ["ann", "eve"]]], ["c1"])
        try expect(["segments": ["$contains": "s2"]], ["c1", "c2"])
        try expect(["segments": ["$in": ["s1", "s9"]]], ["c1"])
        try expect(["segment_ids": "s1"], ["c1"])
        try expect(["segment_ids": ["$nin": ["s1"]]], ["c2", "c3"])
        try expect(["segment_ids": ["$exists": false]], ["c3"])
        try expect(["name": ["$autocomplete": "SAL"]], ["c1", "c3"])
        try expect(["name": nil], ["c2"])
        try expect(["created_at": ["$gt": "2026-01-01T01:00:00+01:00"]], ["c2", "c3"])
        try expect(["created_at": "2026-01-01T00:00:00.001Z"], ["c2"])
        try expect(["scheduled_for": ["$exists": true]], [])
    }

    @Test func segmentsAreFoundByTheirColumns() throws {
        let queue = try DatabaseQueue()
        try queue.write { db in
            try db.execute(
                sql: """
                    CREATE TABLE segment (pk INTEGER PRIMARY KEY, app, id, name, description, type,
                        kind, all_users, size, created_at, updated_at);
                    INSERT INTO segment (pk, app, id, type, kind, all_users, size)
                    VALUES (1, 7, 's1', 'user', 'targets', 0, 10), (2, 7, 's2', 'user', 'all_users', 1, NULL),
                        (3, 8, 's3', 'user', 'all_users', 1, 5)
                    """)
        }
        let schema = FilterSchema.segments(app: 7)
        #expect(try found(["all_users": true], schema, queue) == ["s2"])
        #expect(try found(["all_users": ["$ne": true]], schema, queue) == ["s1"])
        #expect(try found(["size": ["$gte": .number(10)]], schema, queue) == ["s1"])
        #expect(try found(["size": ["$not": ["$gt": 5]]], schema, queue) == ["s2"])
        #expect(try found(["kind": ["$in": ["targets", "filter"]]], schema, queue) == ["s1"])
    }

    @Test func targetsAreFoundByTheirID() throws {
        let queue = try DatabaseQueue()
        try queue.write { db in
            try db.execute(
                sql: """
                    CREATE TABLE segment_target (segment INTEGER, target_id TEXT,
                        PRIMARY KEY (segment, target_id)) WITHOUT ROWID;
                    INSERT INTO segment_target VALUES (3, 'a'), (3, 'b'), (3, 'c'), (4, 'b');
                    """)
        }
        let schema = FilterSchema.targets(segment: 3)
        #expect(try found([:], schema, queue) == ["a", "b", "c"])
        #expect(try found(["target_id": ["$gt": "a", "$lte": "c"]], schema, queue) == ["b", "c"])
        #expect(try found(["target_id": ["$in": ["b", "x"]]], schema, queue) == ["b"])
        #expect(throws: FilterMistakes.self) {
            try Filter(["target_id": ["$ne": "a"]], schema: schema)
        }
    }

    @Test func attributesMayBeNamedWithAndWithoutPrefix() throws {
        let schema = FilterSchema.users(app: 7, attributes: Person.declared)
        func sql(_ name: String) throws -> CompiledFilter {
            try Filter([name: "x"], schema: schema).compiled
        }
        #expect(try sql("plan") == sql("attributes.plan"))
        #expect(try sql("odd") == sql("attributes.odd"))
        // A column hides an attribute of its name, which the prefix shows.
        #expect(try sql("name") != sql("attributes.name"))
    }

    @Test func valuesOfDifferentTypesAreNeverEqual() throws {
        let values: [JSONValue] = [
            1, .number(1.5), "1", true, false, "true", nil, [1], ["1"], [true], [[1]], "[1]",
            ["a": 1], #"{"a":1}"#, "", "2026-01-01T00:00:00Z",
        ]
        let people = values.enumerated().map { index, value in
            var person = Person(pk: Int64(index), app: 7, id: "u\(index)")
            person.attributes = [
                "odd": value, "plan": value, "age": value, "beta": value, "renewed": value,
                "teams": value,
            ]
            return person
        }
        let tables = try UserTables(people)
        let schema = FilterSchema.users(app: 7, attributes: Person.declared)
        func expect(_ filter: JSONValue, _ expected: [JSONValue], line: Int = #line) throws {
            let keys = try tables.keys(where: Filter(filter, schema: schema).compiled)
            #expect(keys.map { values[Int($0)] } == expected, "line \(line)")
        }
        try expect(["odd": 1], [1])
        try expect(["odd": "1"], ["1"])
        try expect(["odd": true], [true])
        try expect(["odd": false], [false])
        try expect(["odd": "[1]"], ["[1]"])
        try expect(["odd": nil], [nil])
        try expect(["odd": ["$gt": 1]], [.number(1.5)])
        try expect(["odd": ["$lt": "1"]], [""])
        try expect(["odd": ["$in": [1, "1", true]]], [1, "1", true])
        try expect(["odd": ["$contains": 1]], [[1]])
        try expect(["odd": ["$contains": "1"]], [["1"]])
        try expect(["odd": ["$contains": true]], [[true]])
        try expect(["odd": ["$contains": "[1]"]], [])
        try expect(["plan": ["$lte": "1"]], ["1", ""])
        try expect(["age": ["$gte": 0]], [1, .number(1.5)])
        try expect(["beta": ["$in": [true, false]]], [true, false])
        try expect(["renewed": ["$exists": true]], ["2026-01-01T00:00:00Z"])
        try expect(["teams": "1"], [["1"]])
        try expect(["teams": ["$exists": true]], [[1], ["1"], [true], [[1]]])
    }

    @Test func namesOfAttributesAreChecked() {
        let longest = String(repeating: "a", count: FilterLimits.attributeStepBytes)
        let deepest = Array(repeating: longest, count: FilterLimits.attributeSteps)
        for name in ["a", "A-b_9", "a.b", longest, deepest.joined(separator: ".")] {
            #expect(AttributePath(name)?.description == name)
        }
        let bad = [
            "", ".", "a.", ".a", "a..b", "a b", "a'", "a\"", "é", "\u{212A}", "a\0", "a[0]", "$",
            longest + "a", (deepest + ["a"]).joined(separator: "."),
        ]
        for name in bad { #expect(AttributePath(name) == nil, "\(name)") }
        #expect(AttributePath("a.b-c")?.jsonPath == #"$."a"."b-c""#)
    }
}
