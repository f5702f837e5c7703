import CurlTransport
package import Engine
import Glibc

/// The one host that all requests of a campaign go to.
///
/// To ask before anything is sent where it is spares a campaign the million failures that a
/// forgotten option would bring. The check that counts is made on each address that is dialled.
package struct Destination: Sendable {
    /// The host as the URL has it.
    package let host: String
    /// Where it is, for an address; nil for a name, which has to be looked up.
    package let reach: HostReach?

    /// The host of a URL; nil for what is no URL.
    package init?(of url: String) {
        guard let parsed = try? HTTPURL(url) else { return nil }
        host = String(decoding: Array(url.utf8)[parsed.host], as: UTF8.self)
        let isPublic: Bool
        switch parsed.address {
        case .name:
            reach = nil
            return
        case .v4(let address): isPublic = AddressPolicy.isPublic(v4: address)
        case .v6(let high, let low, _): isPublic = AddressPolicy.isPublic(high: high, low: low)
        }
        reach = isPublic ? .open : .confined
    }

    /// The host that a campaign may not send to if it is private; nil when it may, when recipients
    /// have URLs of their own, and when nothing leaves the process.
    package init?(restrictedOf document: CampaignDocument) {
        guard !document.allowsPrivateNetworks, document.transport == TransportKind.curl.rawValue,
            !CampaignTemplates.isTemplate(document.url)
        else { return nil }
        self.init(of: document.url)
    }

    /// Refuses a host that is private by every address it has.
    ///
    /// A name that cannot be resolved now is left to the sending.
    ///
    /// - Parameter reach: Where it is.
    /// - Throws: `CampaignMistake` of the field `privateNetwork`.
    package func require(_ reach: HostReach) throws(CampaignMistake) {
        guard reach == .confined else { return }
        throw CampaignMistake(
            .privateNetwork, "\(host) is a loopback, private or link-local address")
    }

    /// Asks the system where the host is, if need be, and refuses a private one.
    ///
    /// Blocks for as long as the system's resolver likes.
    ///
    /// - Throws: `CampaignMistake` of the field `privateNetwork`.
    package func requirePublic() throws(CampaignMistake) {
        try require(reach ?? Self.lookUp(host))
    }

    /// Asks the system for the addresses of a name.
    ///
    /// Blocks for as long as the system's resolver likes: tens of seconds when no server answers.
    package static func lookUp(_ name: String) -> HostReach {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(name, nil, &hints, &list) == 0 else { return .unknown }
        defer { unsafe freeaddrinfo(list) }
        var entry = unsafe list
        while let current = unsafe entry {
            let bytes = unsafe UnsafeRawBufferPointer(
                start: current.pointee.ai_addr, count: Int(current.pointee.ai_addrlen))
            if unsafe AddressPolicy.isPublic(family: current.pointee.ai_family, bytes) {
                return .open
            }
            unsafe entry = current.pointee.ai_next
        }
        return unsafe list == nil ? .unknown : .confined
    }
}
