package import ControlDirectory
package import Providers

extension Medium {
    /// The medium that a provider sends over.
    package init(of provider: ProviderKind) {
        guard let medium = Medium(rawValue: provider.medium) else {
            preconditionFailure("a provider sends over a medium that there is not")
        }
        self = medium
    }

    /// Whether there is a provider that sends over it.
    package var isAvailable: Bool { ProviderKind.allCases.contains { $0.medium == rawValue } }

    static let names = allCases.map(\.rawValue)

    /// - Throws: `Problem` that names the types that can be sent.
    package func requireAvailable(at path: String) throws(Problem) {
        guard !isAvailable else { return }
        let known = Self.allCases.filter(\.isAvailable).map(\.rawValue)
        throw .invalid(
            path, "channel_unavailable",
            "there is no provider for \(rawValue); expected \(known.joined(separator: " or "))")
    }
}
