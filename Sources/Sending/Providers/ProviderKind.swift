package import Engine

/// The providers that there is code for; raw values are what the API, files and limits call them.
package enum ProviderKind: String, CaseIterable, Sendable {
    case webhook

    /// What carries messages that name no provider.
    package static let standard = ProviderKind.webhook

    /// What all of them are called.
    package static var names: [String] { allCases.map(\.rawValue) }

    /// The raw value where text is made of bytes, and the type of the endpoints that it sends to.
    package var name: StaticString {
        switch self {
        case .webhook: "webhook"
        }
    }

    /// The medium that it sends over, as consent and templates name it.
    package var medium: String {
        switch self {
        case .webhook: "webhook"
        }
    }

    /// The header field that carries the idempotency key of its requests, `nil` when none does.
    package var keyFieldName: String? { makeProvider().requirements.keyFieldName }

    /// Makes what reads its answers and completes its messages.
    package func makeProvider() -> any Provider {
        switch self {
        case .webhook: WebhookProvider()
        }
    }
}
