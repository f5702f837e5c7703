import Control
import ControlTesting
import Foundation
import JSON
import StandInReceiver
import Testing

@Suite struct MetricsTests {
    private func withSink(
        _ responses: String = "", _ body: (TestServer, Sink) async throws -> Void
    ) async throws {
        var configuration = SinkConfiguration()
        if !responses.isEmpty { configuration.responses = try ResponseMix(parsing: responses) }
        let sink = try Sink.started(configuration)
        defer { sink.stop() }
        try await TestServer.with { server in
            try await server.addTemplate(port: sink.port)
            try await body(server, sink)
        }
    }

    /// Runs a campaign to its end.
    private func run(_ id: String, recipients: Int, _ server: TestServer) async throws -> JSONValue
    {
        try await server.addCampaign(id, recipients: recipients)
        _ = try await server.post("/v1/campaigns/\(id)/start")
        _ = try await server.waitForCampaign(id, ["completed", "completed_partial"])
        return try await server.stats(id)
    }

    /// A reading in which nothing is under way and the database's part is not an old one.
    private func settled(_ server: TestServer, ended: Double) async throws -> Scrape {
        try await server.scrape {
            $0.sum("fanfare_queue_depth") == 0 && $0["fanfare_deliveries_pending"] == 0
                && $0.sum("fanfare_campaigns", "status=\"completed") == ended
        }
    }

    @Test func aScrapeSaysWhatTheStatisticsOfACampaignSay() async throws {
        try await withSink("404:0.1,410:0.1,501:0.02") { server, sink in
            _ = try await server.send("PUT", "/v1/suppressions/u7", [:])
            let stats = try await run("c", recipients: 2_500, server)
            let scrape = try await settled(server, ended: 1)
            let count = { (name: String) in Double(stats[name]?.integer ?? -1) }
            let deliveries = "fanfare_deliveries_total"
            for status in ["sent", "failed", "skipped", "unknown"] {
                #expect(scrape.sum(deliveries, "status=\"\(status)\"") == count(status))
            }
            var refused = 0.0
            for reason in stats["reasons"]?.array ?? []
            where reason["reason"]?.string?.hasPrefix("http_4") == true {
                refused += Double(reason["count"]?.integer ?? 0)
            }
            #expect(refused > 0)
            #expect(scrape[#"\#(deliveries){reason="http_4xx",status="failed"}"#] == refused)
            #expect(scrape[#"\#(deliveries){reason="suppressed",status="skipped"}"#] == 1)
            #expect(scrape["fanfare_sends_total"] == Double(sink.statistics().requests))
            #expect(
                scrape["fanfare_sends_total"] - scrape["fanfare_send_retries_total"]
                    == count("sent") + count("failed"))
            #expect(scrape["fanfare_campaign_recipients"] == 2_500)
            #expect(scrape["fanfare_campaign_storage_bytes"] > 20_000)
            #expect(scrape[#"fanfare_campaigns{status="completed_partial"}"#] == 1)
            #expect(scrape[#"fanfare_campaigns{status="running"}"#] == 0)
            let used = scrape[#"fanfare_quota_used_messages{app="default"}"#]
            #expect(used == count("sent") + count("unknown"))
            #expect(scrape[#"fanfare_quota_reserved_messages{app="default"}"#] == 0)
            #expect(scrape[#"fanfare_quota_limit_messages{app="default"}"#] == 3_000_000)
            #expect(scrape.unexplained.isEmpty)
        }
    }

    @Test func whatWasCountedAddsUpAndNothingIsUnderWayInTheEnd() async throws {
        try await withSink { server, sink in
            _ = try await run("c", recipients: 2_500, server)
            let scrape = try await settled(server, ended: 1)
            #expect(scrape["fanfare_sends_total"] == 2_500)
            let bodies = (1...2_500).reduce(0) { $0 + "Hi u\($1)".utf8.count }
            #expect(scrape["fanfare_delivery_body_bytes_total"] == Double(bodies))
            for (name, least) in [
                ("fanfare_send_duration_seconds", 2_500.0),
                ("fanfare_store_commit_duration_seconds", 1),
            ] {
                let buckets = scrape.buckets(name)
                #expect(buckets.count == 21)
                #expect(zip(buckets, buckets.dropFirst()).allSatisfy { $0 <= $1 })
                #expect(buckets.last == scrape["\(name)_count"])
                #expect(scrape["\(name)_count"] >= least)
                #expect(scrape["\(name)_sum"] > 0)
            }
            #expect(scrape["fanfare_send_duration_seconds_count"] == 2_500)
            #expect(scrape["fanfare_pages_finished_total"] == 3)
            #expect(
                scrape["fanfare_pages_claimed_total"]
                    == 3 + scrape["fanfare_pages_returned_total"])
            for name in ["fanfare_sends_in_flight", "fanfare_pages_open"] {
                #expect(scrape[name] == 0, "\(name)")
            }
            #expect(scrape["fanfare_sends_in_flight_limit"] == 64)
            #expect(scrape.sum("fanfare_limit_waits_total", "kind=\"rate\"") == 0)
        }
    }

    @Test func countersOnlyRiseWhileCampaignsComeAndGo() async throws {
        try await withSink("404:0.2") { server, _ in
            var last = try await server.scrape()
            var ended = 0.0
            for id in ["a", "b", "c"] {
                try await server.addCampaign(id, recipients: 1_500)
                _ = try await server.post("/v1/campaigns/\(id)/start")
                var status = "running"
                while status == "running" {
                    status =
                        try await server.get("/v1/campaigns/\(id)").json["status"]?.string ?? ""
                    let scrape = try await server.scrape()
                    #expect(scrape.fallen(since: last).isEmpty)
                    last = scrape
                }
                ended += 1
                let scrape = try await settled(server, ended: ended)
                #expect(scrape.fallen(since: last).isEmpty)
                last = scrape
                #expect(scrape.sum("fanfare_deliveries_total") == ended * 1_500)
                #expect(scrape["fanfare_send_duration_seconds_count"] == ended * 1_500)
            }
        }
    }

    @Test func theLimitThatHoldsACampaignUpIsNamedWithTheTimeItTook() async throws {
        try await withSink { server, _ in
            try await server.addCampaign(
                "c", recipients: 3_000, ["limits": ["rate": "100/s", "burst": 10]])
            _ = try await server.post("/v1/campaigns/c/start")
            let wait = #"{kind="rate",limit="campaign"}"#
            let scrape = try await server.scrape {
                $0["fanfare_limit_wait_seconds_total\(wait)"] > 0.5
                    && $0[#"fanfare_queue_depth{queue="ready"}"#] > 0
            }
            #expect(scrape["fanfare_limit_waits_total\(wait)"] > 0)
            #expect(scrape[#"fanfare_limit_waits_total{kind="rate",limit="app"}"#] == 0)
            #expect(scrape["fanfare_deliveries_pending"] > 0)
            #expect(scrape["fanfare_deliveries_pending"] < 3_000)
            #expect(scrape["fanfare_pages_open"] > 0)
            #expect(scrape["fanfare_campaign_storage_bytes"] > 0)
            _ = try await server.post("/v1/campaigns/c/stop")
            let stopped = try await server.scrape { $0["fanfare_deliveries_pending"] == 0 }
            #expect(stopped["fanfare_pages_open"] == 0)
            #expect(stopped.fallen(since: scrape).isEmpty)
        }
    }

    @Test func whoIsLeftOutByAQuotaIsCountedToo() async throws {
        try await withSink { server, _ in
            _ = try await server.send(
                "PATCH", "/v1/app",
                ["mau": 100, "quota_multiplier": 3, "quota_policy": "trim"])
            let stats = try await run("c", recipients: 2_000, server)
            #expect(stats["skipped"] == 1_700)
            let scrape = try await settled(server, ended: 1)
            let reason = #"{reason="quota_exceeded",status="skipped"}"#
            #expect(scrape["fanfare_deliveries_total\(reason)"] == 1_700)
            #expect(scrape[#"fanfare_quota_used_messages{app="default"}"#] == 300)
        }
    }

    @Test func messagesThatAWebhookDoesNotTakeAreSeenToWait() async throws {
        try await TestServer.with { server in
            #expect(try await server.scrape()["fanfare_events_waiting"] == 0)
            let webhook = try await server.addWebhook("http://127.0.0.1:1/")
            _ = try await server.ping(webhook)
            _ = try await server.scrape { $0["fanfare_events_waiting"] == 1 }
        }
    }

    @Test func whatADeadProcessLeavesUnknownIsCountedByTheNextOne() async throws {
        var configuration = SinkConfiguration()
        configuration.stallProbability = try #require(Probability(1))
        let sink = try Sink.started(configuration)
        try await TestFolder.with { folder in
            let data = folder + "/data"
            try FileManager.default.createDirectory(
                atPath: data, withIntermediateDirectories: false)
            let server = try await TestServer.start(in: data)
            try await server.addTemplate(port: sink.port)
            try await server.addCampaign(
                "c", recipients: 30, ["delivery_guarantee": "at_most_once"])
            _ = try await server.post("/v1/campaigns/c/start")
            _ = try await server.scrape { $0["fanfare_sends_in_flight"] == 30 }
            // As a crash leaves it: a copy of all files while the requests are on the wire.
            let copy = folder + "/copy"
            try FileManager.default.copyItem(atPath: data, toPath: copy)
            sink.stop()
            let next = try await TestServer.start(in: copy, key: server.adminKey)
            let stats = try await next.waitForCampaign("c", ["completed_partial"])["stats"]
            #expect(stats?["unknown"] == 30)
            let scrape = try await next.scrape()
            let crashed = #"{reason="crashed",status="unknown"}"#
            #expect(scrape["fanfare_deliveries_total\(crashed)"] == 30)
            #expect(scrape["fanfare_sends_total"] == 0)
            await next.stop()
            await server.stop()
        }
    }
}
