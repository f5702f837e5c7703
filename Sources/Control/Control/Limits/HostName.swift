import Foundation

/// A destination host as limits name it: scheme, name and port, and nothing else.
struct HostName: Sendable {
    /// `https://example.com:443`, in lower case and with the port.
    let text: String

    /// Reads a host; nil for a URL with more in it.
    init?(_ text: String) {
        guard let parts = URLComponents(string: text), parts.user == nil, parts.password == nil,
            parts.query == nil, parts.fragment == nil, parts.path.isEmpty || parts.path == "/"
        else { return nil }
        self.init(parts)
    }

    /// The host of a URL.
    init?(of url: String) {
        guard let parts = URLComponents(string: url) else { return nil }
        self.init(parts)
    }

    private init?(_ parts: URLComponents) {
        guard let scheme = parts.scheme?.lowercased(), scheme == "http" || scheme == "https",
            let host = parts.host?.lowercased(), !host.isEmpty
        else { return nil }
        let port = parts.port ?? (scheme == "https" ? 443 : 80)
        guard (1...65_535).contains(port) else { return nil }
        text = "\(scheme)://\(host):\(port)"
    }
}
