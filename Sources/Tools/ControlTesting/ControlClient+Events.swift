import Control
package import JSON

extension ControlClient {
    /// Makes an event webhook.
    package func addWebhook(_ url: String, _ fields: [String: JSONValue] = [:]) async throws
        -> String
    {
        var body = fields
        body["url"] = .string(url)
        return try await id(of: succeed("POST", "/v1/event_webhooks", .object(body)))
    }

    /// Sends a ping and returns its message's id.
    package func ping(_ webhook: String) async throws -> String {
        try await id(of: succeed("POST", "/v1/event_webhooks/\(webhook)/test"))
    }

    private func id(of answer: JSONValue) throws -> String {
        guard let id = answer["id"]?.string else {
            throw Unexpected("there is no id in \(answer.encoded)")
        }
        return id
    }

    package func messages(of webhook: String) async throws -> [JSONValue] {
        try await get("/v1/event_webhooks/\(webhook)/messages").json["messages"]?.array ?? []
    }

    /// Waits until a message is as it should be.
    package func message(
        _ id: String, of webhook: String, until isReached: (JSONValue) -> Bool
    ) async throws -> JSONValue {
        var message = JSONValue.null
        for _ in 0..<3_000 {
            message = try await get("/v1/event_webhooks/\(webhook)/messages/\(id)").json
            if isReached(message) { return message }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw Unexpected("the message is \(message.encoded)")
    }
}
