extension Medium {
    /// Whether there is a provider that sends over it.
    package var isAvailable: Bool { self == .webhook }

    static let names = allCases.map(\.rawValue)

    /// - Throws: `Problem` that names the types that can be sent.
    func requireAvailable(at path: String) throws(Problem) {
        guard !isAvailable else { return }
        let known = Self.allCases.filter(\.isAvailable).map(\.rawValue)
        throw .invalid(
            path, "channel_unavailable",
            "there is no provider for \(rawValue); expected \(known.joined(separator: " or "))")
    }
}
