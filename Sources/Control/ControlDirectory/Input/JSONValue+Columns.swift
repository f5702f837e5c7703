package import JSON

extension JSONValue {
    /// Unix milliseconds as RFC 3339, or null.
    package static func time(_ milliseconds: Int64?) -> JSONValue {
        milliseconds.map { .string(Timestamp(milliseconds: $0).rfc3339) } ?? .null
    }

    /// A text, or null.
    package static func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
}
