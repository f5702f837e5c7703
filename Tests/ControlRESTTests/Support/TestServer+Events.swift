import Control
import JSON
import Testing

extension TestServer {
    /// Makes an event webhook.
    func addWebhook(_ url: String, _ fields: [String: JSONValue] = [:]) async throws -> String {
        var body = fields
        body["url"] = .string(url)
        let made = try await post("/v1/event_webhooks", .object(body))
        #expect(made.status == 201, "\(made.text)")
        return try #require(made.json["id"]?.string)
    }

    /// Sends a ping and returns its message's id.
    func ping(_ webhook: String) async throws -> String {
        let sent = try await post("/v1/event_webhooks/\(webhook)/test")
        #expect(sent.status == 202, "\(sent.text)")
        return try #require(sent.json["id"]?.string)
    }

    func messages(of webhook: String) async throws -> [JSONValue] {
        try await get("/v1/event_webhooks/\(webhook)/messages").json["messages"]?.array ?? []
    }

    /// Waits until a message is as it should be.
    func message(
        _ id: String, of webhook: String, until isReached: (JSONValue) -> Bool
    ) async throws -> JSONValue {
        var message = JSONValue.null
        for _ in 0..<3_000 {
            message = try await get("/v1/event_webhooks/\(webhook)/messages/\(id)").json
            if isReached(message) { return message }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("the message is \(message.encoded)")
        return message
    }
}
