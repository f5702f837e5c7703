import Control
import ControlDirectory
import ControlEvents
import ControlTesting
import Foundation
import GRDB
import JSON
import StandInReceiver
import Testing

@Suite struct EventWebhookTests {
    private static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    /// Runs a test with a receiver and a server whose events go by a clock of the test's.
    private func withReceiver(
        _ reply: EventReceiver.Answer = .status(200),
        _ body: (TestAPI, EventReceiver, TestClock) async throws -> Void
    ) async throws {
        let receiver = try EventReceiver(reply)
        defer { receiver.stop() }
        let clock = TestClock()
        try await TestAPI.with({ $0.clock = clock.clock }) { api in
            try await body(api, receiver, clock)
        }
    }

    @Test func aCampaignTellsOfItsStartAndItsEndWithAllItsFigures() async throws {
        let sink = try Sink.started(SinkConfiguration())
        defer { sink.stop() }
        try await withReceiver { api, receiver, _ in
            _ = try await api.addWebhook(receiver.url, ["secret": .string(Self.secret)])
            let others = try await api.addWebhook(
                receiver.url, ["events": ["campaign.paused"]])
            try await api.addTemplate(port: sink.port)
            try await api.addCampaign("c", recipients: 30)
            _ = try await api.post("/v1/campaigns/c/start")
            _ = try await api.waitForCampaign("c", ["completed"])
            let requests = try await receiver.wait(2)
            let bodies = try requests.map { try JSONValue(parsing: $0.body) }
            let types = Set(bodies.compactMap { $0["type"]?.string })
            #expect(types == ["campaign.started", "campaign.completed"])
            for request in requests {
                #expect(request.line == "POST /hook HTTP/1.1")
                #expect(request.headers["content-type"] == "application/json")
                #expect(
                    request.signatures == [ReferenceSHA256.signature(Self.secret, request)])
            }
            let completed = try #require(bodies.first { $0["type"] == "campaign.completed" })
            let campaign = try #require(completed["data"]?["campaign"])
            try CampaignShapes.campaign.check(campaign)
            #expect(campaign["status"] == "completed")
            #expect(campaign["stats"]?["sent"] == 30)
            #expect(campaign["stats"]?["pending"] == 0)
            #expect(try await api.messages(of: others).isEmpty)
        }
    }

    @Test func aCampaignThatDeliversNothingTellsThatItFailed() async throws {
        var configuration = SinkConfiguration()
        configuration.responses = try ResponseMix(parsing: "400:1")
        let sink = try Sink.started(configuration)
        defer { sink.stop() }
        try await withReceiver { api, receiver, _ in
            _ = try await api.addWebhook(receiver.url, ["events": ["campaign.failed"]])
            try await api.addTemplate(port: sink.port)
            try await api.addCampaign("c", recipients: 3)
            _ = try await api.post("/v1/campaigns/c/start")
            let request = try #require(try await receiver.wait(1).first)
            let body = try JSONValue(parsing: request.body)
            #expect(body["type"] == "campaign.failed")
            #expect(body["data"]?["campaign"]?["stats"]?["failed"] == 3)
        }
    }

    @Test func attemptsAreMadeAtOnceAndAfterAMinuteFiveMinutesAnHourAndADay() async throws {
        try await withReceiver(.status(500)) { api, receiver, clock in
            let id = try await api.addWebhook(receiver.url)
            let message = try await api.ping(id)
            for (attempt, wait) in [60, 300, 3_600, 86_400].enumerated() {
                let tried = try await api.message(message, of: id) {
                    $0["attempts"] == .integer(Int64(attempt + 1))
                }
                #expect(tried["state"] == "pending")
                #expect(tried["last_status"] == 500)
                #expect(tried["last_error"] == "http_500")
                let next = tried["next_attempt_at"]?.string.flatMap(Timestamp.init(rfc3339:))
                #expect(next == clock.clock.now + Int64(wait))
                clock.advance(seconds: Int64(wait))
                api.control.events.wake()
            }
            let failed = try await api.message(message, of: id) { $0["state"] == "failed" }
            #expect(failed["attempts"] == 5)
            #expect(failed["next_attempt_at"] == .null)
            let requests = receiver.requests
            #expect(requests.count == 5)
            #expect(Set(requests.map(\.id)) == [message])
            #expect(Set(requests.compactMap { $0.headers["webhook-timestamp"] }).count == 5)
        }
    }

    @Test func aFailedMessageIsReplayedAsANewOneWithTheSamePayload() async throws {
        try await withReceiver(.status(410)) { api, receiver, _ in
            let id = try await api.addWebhook(receiver.url)
            let message = try await api.ping(id)
            _ = try await api.message(message, of: id) { $0["state"] == "failed" }
            let path = "/v1/event_webhooks/\(id)/messages/\(message)/replay"
            let disabled = try await api.post(path)
            #expect(disabled.status == 409)
            #expect(disabled.code == "action_not_allowed")
            receiver.answer(.status(204))
            _ = try await api.send(
                "PATCH", "/v1/event_webhooks/\(id)", ["is_enabled": true])
            let replay = try await api.post(path)
            #expect(replay.status == 202, "\(replay.text)")
            try EventWebhooks.message.check(replay.json)
            #expect(replay.json["replay_of"] == .string(message))
            let requests = try await receiver.wait(2)
            #expect(requests[1].body == requests[0].body)
            #expect(requests[1].id != requests[0].id)
            let new = try #require(replay.json["id"]?.string)
            let delivered = try await api.message(new, of: id) { $0["state"] == "delivered" }
            #expect(delivered["last_status"] == 204)
            try EventWebhooks.messageWithPayload.check(delivered)
        }
    }

    @Test func aReceiverThatIsGoneIsDisabledAndGetsNoMoreEvents() async throws {
        try await withReceiver(.status(410)) { api, receiver, _ in
            let id = try await api.addWebhook(receiver.url)
            let message = try await api.ping(id)
            let failed = try await api.message(message, of: id) { $0["state"] == "failed" }
            #expect(failed["attempts"] == 1)
            let webhook = try await api.get("/v1/event_webhooks/\(id)").json
            #expect(webhook["is_enabled"] == false)
            #expect(webhook["disabled_reason"] == "gone")
            #expect(try await api.post("/v1/event_webhooks/\(id)/test").status == 409)
            let log = try await api.get("/v1/audit?resource=event_webhook")
            #expect(log.json["entries"]?.array?.first?["actor"] == "server")
        }
    }

    @Test func afterARotationMessagesAreSignedWithBothSecretsForADay() async throws {
        try await withReceiver { api, receiver, clock in
            let id = try await api.addWebhook(
                receiver.url, ["secret": .string(Self.secret)])
            let rotated = try await api.post("/v1/event_webhooks/\(id)/rotate_secret")
            #expect(rotated.status == 200, "\(rotated.text)")
            try EventWebhooks.shape.check(rotated.json)
            let secret = try #require(rotated.json["secret"]?.string)
            #expect(secret != Self.secret)
            _ = try await api.ping(id)
            let both = try #require(try await receiver.wait(1).first)
            #expect(
                both.signatures
                    == [secret, Self.secret].map { ReferenceSHA256.signature($0, both) }
            )
            clock.advance(seconds: 86_400)
            _ = try await api.ping(id)
            let one = try await receiver.wait(2)[1]
            #expect(one.signatures == [ReferenceSHA256.signature(secret, one)])
        }
    }

    @Test func secretsAreShownOnceAndAreInNoListAndNoLog() async throws {
        try await withReceiver { api, receiver, _ in
            let made = try await api.post(
                "/v1/event_webhooks", ["url": .string(receiver.url)])
            #expect(made.status == 201, "\(made.text)")
            try EventWebhooks.shape.check(made.json)
            let id = try #require(made.json["id"]?.string)
            let secret = try #require(made.json["secret"]?.string)
            for path in ["/v1/event_webhooks", "/v1/event_webhooks/\(id)", "/v1/audit"] {
                let reply = try await api.get(path)
                #expect(reply.status == 200)
                #expect(!reply.text.contains(secret), "\(path)")
            }
            let app = try await api.post("/v1/apps", ["name": "Other"])
            let other = try #require(app.json["key"]?.string)
            #expect(try await api.get("/v1/event_webhooks/\(id)", key: other).status == 404)
            let short = try await api.post(
                "/v1/event_webhooks",
                ["url": .string(receiver.url), "secret": "whsec_c2hvcnQgYnV0IGxvbmcgZW5vdWdoIS0t="])
            #expect(short.status == 422)
            #expect(try await api.send("DELETE", "/v1/event_webhooks/\(id)").status == 204)
            #expect(try await api.get("/v1/event_webhooks/\(id)").status == 404)
        }
    }

    @Test func aDeadReceiverHoldsUpNobodyElse() async throws {
        let dead = try EventReceiver(.silence)
        defer { dead.stop() }
        try await withReceiver { api, receiver, _ in
            let silent = try await api.addWebhook(dead.url)
            let live = try await api.addWebhook(receiver.url)
            for _ in 0..<20 { _ = try await api.ping(silent) }
            _ = try await dead.wait(4)
            for _ in 0..<20 { _ = try await api.ping(live) }
            _ = try await receiver.wait(20)
            // Those that one webhook may have on the wire, and what came after ones given up.
            #expect((4..<20).contains(dead.requests.count))
            let pending = try await api.get(
                "/v1/event_webhooks/\(silent)/messages?state=pending&limit=5")
            #expect(pending.json["messages"]?.array?.count == 5)
            #expect(pending.json["next"] != .null)
        }
    }

    @Test func aMessageWhoseOutcomeWasNotSeenIsSentAgainAfterARestartWithTheSameID() async throws {
        let receiver = try EventReceiver(.silence)
        defer { receiver.stop() }
        try await TestFolder.with { folder in
            var api = try await TestAPI.start(in: folder)
            let id = try await api.addWebhook(receiver.url)
            let message = try await api.ping(id)
            _ = try await receiver.wait(1)
            await api.stop()
            receiver.answer(.status(200))
            api = try await TestAPI.start(in: folder, key: api.adminKey)
            let delivered = try await api.message(message, of: id) {
                $0["state"] == "delivered"
            }
            #expect(delivered["attempts"] == 1)
            #expect(receiver.requests.map(\.id) == [message, message])
            await api.stop()
        }
    }

    @Test func privateAddressesAreRefusedWhenSavedAndWhenDialled() async throws {
        let receiver = try EventReceiver()
        defer { receiver.stop() }
        try await TestAPI.with({ $0.allowsPrivateNetworks = false }) { api in
            let refused = try await api.post(
                "/v1/event_webhooks", ["url": .string(receiver.url)])
            #expect(refused.status == 422)
            #expect(refused.json["errors"]?.array?.first?["code"] == "private_address")
            let id = try await api.addWebhook("https://192.0.0.171.nip.invalid/hook")
            let url = receiver.url
            try await api.control.database.write { db in
                try db.execute(sql: "UPDATE event_webhook SET url = ?", arguments: [url])
            }
            let message = try await api.ping(id)
            let tried = try await api.message(message, of: id) { $0["attempts"] == 1 }
            #expect(tried["last_error"] == "address_refused")
            #expect(receiver.requests.isEmpty)
        }
    }

    @Test func oldMessagesAreRemoved() async throws {
        try await withReceiver { api, receiver, clock in
            let id = try await api.addWebhook(receiver.url)
            for _ in 0..<5 { _ = try await api.ping(id) }
            _ = try await receiver.wait(5)
            while try await api.messages(of: id).contains(where: { $0["state"] == "pending" }) {
                try await Task.sleep(for: .milliseconds(5))
            }
            try await api.control.events.prune(keeping: 3)
            #expect(try await api.messages(of: id).count == 3)
            clock.advance(seconds: 30 * 86_400)
            try await api.control.events.prune()
            #expect(try await api.messages(of: id).isEmpty)
        }
    }
}
