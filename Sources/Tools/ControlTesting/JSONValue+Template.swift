package import JSON

extension JSONValue {
    /// The content of a text template.
    package static func content(_ body: JSONValue) -> JSONValue {
        ["format": "text", "body": body]
    }

    /// A request that makes a template, of a text or of a whole content.
    package static func template(
        _ content: JSONValue, id: String? = nil, channel: String = "webhook"
    ) -> JSONValue {
        var fields: [String: JSONValue] = [
            "name": "A template", "channel_type": .string(channel), "message_type": "marketing",
            "content": content.string == nil ? content : .content(content),
        ]
        if let id { fields["id"] = .string(id) }
        return .object(fields)
    }
}
