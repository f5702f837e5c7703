import ControlDirectory
import ControlTesting
import Engine
import Foundation
import GRDB
import JSON
import Logging
import SendPlans
import Testing

@testable import Control

/// A control plane whose resolver answers nothing, without HTTP.
@Suite struct DeadResolverTests {
    /// Runs a test against a control plane with an app that has a template for a fixed host, and
    /// one for hosts of the recipients' own.
    private func withPlane(
        _ resolver: ScriptedResolver, _ body: (ControlPlane, Caller) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("fanfare-resolver-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var options = ControlOptions(dataDirectory: folder, shards: 1, inFlightMax: 16)
        options.resolver = resolver.resolver()
        let plane = try ControlPlane(
            options, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await plane.prepare()
        let secret = try #require(try await plane.makeFirstApp())
        let caller = try await plane.keys.authenticate(secret)
        for (id, url) in [("fixed", "https://dead.test/"), ("own", "https://{{ host }}/")] {
            try await plane.addTemplate(id, url: url)
        }
        async let run: Void = plane.run()
        do {
            try await body(plane, caller)
        } catch {
            resolver.answer(.unknown)
            plane.stop()
            throw error
        }
        resolver.answer(.unknown)
        plane.stop()
        try await run
        try plane.database.close()
    }

    private func addCampaign(
        _ id: String, _ template: String, _ plane: ControlPlane, _ caller: Caller,
        _ fields: [String: JSONValue] = [:]
    ) async throws {
        var body = fields
        body["id"] = .string(id)
        body["name"] = .string(id)
        body["template_id"] = .string(template)
        _ = try await plane.campaigns.create(caller, .object(body))
        let recipients = (0..<3).map { index -> JSONValue in
            ["user_id": .string("u\(index)"), "variables": ["host": "127.0.0.1"]]
        }
        _ = try await plane.campaigns.addRecipients(
            caller, id, ["recipients": .array(recipients)])
    }

    /// Returns when a campaign has none of some statuses any more.
    ///
    /// - Returns: Its status then.
    @discardableResult
    private func leave(
        _ statuses: Set<String>, _ id: String, _ plane: ControlPlane, _ caller: Caller
    ) async throws -> String {
        while true {
            let status = try await plane.campaigns.get(caller, id)["status"]?.string ?? ""
            if !statuses.contains(status) { return status }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func aDeadResolverStallsNeitherReadsNorPauseNorTheTicker() async throws {
        let resolver = ScriptedResolver(nil)
        try await withPlane(resolver) { plane, caller in
            // More than there are readers of the database.
            let stuck = (0..<8).map { "stuck\($0)" }
            for id in stuck { try await addCampaign(id, "fixed", plane, caller) }
            try await addCampaign("live", "own", plane, caller, ["rate": "1/h", "burst": 1])
            for (id, template) in [("due0", "fixed"), ("due1", "own")] {
                try await addCampaign(id, template, plane, caller)
            }

            try await withThrowingTaskGroup(of: String.self) { group in
                for id in stuck {
                    group.addTask {
                        _ = try await plane.campaigns.start(caller, id)
                        return id
                    }
                }
                await resolver.wait(forNames: 1)

                // Reads, and what begins with a read.
                for _ in 0..<20 {
                    let campaign = try await plane.campaigns.get(caller, "live")
                    #expect(campaign["status"] == "draft")
                }
                _ = try await plane.campaigns.start(caller, "live")
                let receipt = try await plane.campaigns.pause(caller, "live")
                #expect(receipt["status"] == "paused")
                // The ticker starts what is due, whoever else that is due waits for the resolver.
                try await plane.database.write { db in
                    try db.execute(
                        sql: """
                            UPDATE campaign SET status = 'scheduled', scheduled_for = ?
                            WHERE id IN ('due0', 'due1')
                            """, arguments: [WallClock.system.now])
                }
                try await leave(["scheduled"], "due1", plane, caller)
                #expect(try await plane.campaigns.get(caller, "due0")["status"] == "scheduled")
                // None of it was for the resolver having answered.
                for id in stuck {
                    #expect(try await plane.campaigns.get(caller, id)["status"] == "draft")
                }
                #expect(resolver.asked == ["dead.test"])

                resolver.answer(.unknown)
                var started: Set<String> = []
                for try await id in group { started.insert(id) }
                #expect(started == Set(stuck))
            }
            // Starts, snapshots and openings of nine campaigns were one look-up.
            for id in stuck {
                #expect(try await plane.campaigns.get(caller, id)["status"] != "draft")
            }
            #expect(resolver.asked == ["dead.test"])
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func aPrivateHostIsRefusedByTheCallThatStarts() async throws {
        let resolver = ScriptedResolver(.confined)
        try await withPlane(resolver) { plane, caller in
            try await addCampaign("c", "fixed", plane, caller)
            for refused in [plane.campaigns.start, plane.campaigns.rehearse] {
                let problem = await #expect(throws: Problem.self) { try await refused(caller, "c") }
                #expect(
                    problem?.mistakes.map(\.message) == [
                        "dead.test is a loopback, private or link-local address"
                    ])
            }
            #expect(try await plane.campaigns.get(caller, "c")["status"] == "draft")
            // A scheduled one fails when its time comes, and nothing of it was sent.
            try await plane.database.write { db in
                try db.execute(
                    sql: "UPDATE campaign SET status = 'scheduled', scheduled_for = ?",
                    arguments: [WallClock.system.now])
            }
            #expect(try await leave(["scheduled"], "c", plane, caller) == "failed")
            #expect(try await plane.campaigns.stats(caller, "c")["sent"] == 0)
        }
    }
}
