import Control
import ControlDirectory
import ControlMessages
import ControlTesting
import Foundation
import GRDB
import JSON
import Testing

@Suite struct SegmentCountingTests {
    @Test func whatWasNotCountedBeforeAStopIsCountedAfterTheNextStart() async throws {
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("fanfare-control-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let first = try await TestAPI.start(in: directory)
        try await first.insertUser("u")
        for id in ["counting", "pending"] {
            _ = try await first.post(
                "/v1/segments", ["id": .string(id), "name": "x", "all_users": true])
            _ = try await first.counted(id)
        }
        await first.control.segments.counter.stop()
        try await first.control.database.write { db in
            try db.execute(sql: "UPDATE segment SET size_state = id, size = 0")
        }
        await first.stop()
        let second = try await TestAPI.start(in: directory, key: first.adminKey)
        #expect(try await second.counted("counting")["size"] == 1)
        #expect(try await second.counted("pending")["size"] == 1)
        await second.stop()
    }

    @Test func aFilterThatNoLongerFitsIsReportedAsFailed() async throws {
        try await TestAPI.with { api in
            _ = try await api.post("/v1/segments", ["id": "s", "name": "x", "filter": [:]])
            _ = try await api.counted("s")
            try await api.control.database.write { db in
                try db.execute(sql: #"UPDATE segment SET filter = '{"id": 5}'"#)
            }
            _ = try await api.post("/v1/segments/s/count")
            try await api.wait {
                try await api.get("/v1/segments/s").json["size_state"] == "failed"
            }
        }
    }

    @Test func membersOfManySegmentsAreMetOnceAndStrangersAreListed() async throws {
        try await TestAPI.with { api in
            for number in 0..<6 {
                try await api.insertUser(
                    "u\(number)", attributes: ["plan": number < 3 ? "pro" : "free"])
            }
            _ = try await api.post(
                "/v1/segments", ["id": "pro", "name": "x", "filter": ["plan": "pro"]])
            for (id, targets) in [("l1", ["u2", "u4", "x", "y"]), ("l2", ["u4", "y", "z"])] {
                _ = try await api.post("/v1/segments", ["id": .string(id), "name": "x"])
                _ = try await api.post(
                    "/v1/segments/\(id)/targets/add",
                    ["target_ids": .array(targets.map { .string($0) })])
            }
            try await api.control.database.read { db in
                let source = try SegmentSource.sql(
                    app: .first, segments: ["l2", "pro", "l1", "l1"], db)
                let members = try String.fetchAll(
                    db, sql: "SELECT id FROM user WHERE \(source.members.sql) ORDER BY pk",
                    arguments: source.members.arguments)
                #expect(members == ["u0", "u1", "u2", "u4"])
                let others = try source.others.flatMap {
                    try String.fetchAll(db, sql: $0.sql, arguments: $0.arguments)
                }
                #expect(others.sorted() == ["x", "y", "z"])
                let none = try SegmentSource.sql(app: .first, segments: [], db)
                #expect(none.members.sql == "FALSE")
                let problem = #expect(throws: Problem.self) {
                    try SegmentSource.sql(app: .first, segment: "gone", db)
                }
                #expect(problem?.code == .notFound)
            }
        }
    }

    @Test func theIndexesOfAnAppsAttributesAnswerItsFilters() async throws {
        try await TestAPI.with { api in
            try await api.control.database.write { db in
                try db.execute(
                    sql: "INSERT INTO attribute VALUES (1, 'plan', 'string', 1, 0)")
                try db.execute(
                    sql: """
                        CREATE INDEX user_attribute_1_plan ON user (app,
                            CASE WHEN json_type(attributes, '$."plan"') = 'text'
                            THEN json_extract(attributes, '$."plan"') END) WHERE app = 1
                        """)
            }
            _ = try await api.post(
                "/v1/segments", ["id": "a", "name": "x", "filter": ["plan": "pro"]])
            let plan = try await api.control.database.read { db in
                let source = try SegmentSource.sql(app: .first, segments: ["a"], db)
                return try Row.fetchAll(
                    db,
                    sql: "EXPLAIN QUERY PLAN SELECT * FROM user WHERE \(source.members.sql)",
                    arguments: source.members.arguments
                ).map { $0["detail"] as String }
            }
            #expect(
                plan == ["SEARCH user USING INDEX user_attribute_1_plan (app=? AND <expr>=?)"])
        }
    }
}

extension TestAPI {
    /// Waits until something holds; the test's own time limit is the only one.
    func wait(_ body: () async throws -> Bool) async throws {
        while !(try await body()) { try await Task.sleep(for: .milliseconds(5)) }
    }

    /// A segment once it has been counted.
    func counted(_ id: String) async throws -> JSONValue {
        var segment = JSONValue.null
        try await wait {
            segment = try await get("/v1/segments/\(id)").json
            return segment["size_state"] == "ready"
        }
        return segment
    }
}
