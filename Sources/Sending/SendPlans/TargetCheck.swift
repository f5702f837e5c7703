import CurlTransport
import Foundation
import Glibc

/// Finds out before anything is sent that no request could ever leave.
///
/// The check that counts is made on each address that is dialled; this one spares a campaign the
/// million failures that a forgotten option would bring.
package enum TargetCheck {
    /// Checks a URL that is the same for everybody.
    package static func checkURL(_ text: String) throws(CampaignMistake) {
        let components = URLComponents(string: text)
        let scheme = components?.scheme?.lowercased()
        guard let components, scheme == "http" || scheme == "https",
            let host = components.host, !host.isEmpty,
            (1...65_535).contains(components.port ?? 80),
            !text.utf8.contains(UInt8(ascii: " ")), !hasControlCharacter(text)
        else {
            throw CampaignMistake(
                .url, "“\(text)” is no URL of the form http://host/path or https://host/path")
        }
        guard components.user == nil, components.password == nil else {
            throw CampaignMistake(
                .url, "a URL with a user name or password is refused; use an Authorization header")
        }
    }

    /// Whether a header's value could end its line.
    static func hasControlCharacter(_ text: String) -> Bool {
        text.utf8.contains { ($0 < 0x20 && $0 != UInt8(ascii: "\t")) || $0 == 0x7F }
    }

    /// Refuses a URL whose host is private by every address it has.
    ///
    /// A name that cannot be resolved now is left to the sending.
    static func refusePrivateAddress(_ document: CampaignDocument) throws(CampaignMistake) {
        guard !document.allowsPrivateNetworks, document.transport == TransportKind.curl.rawValue
        else { return }
        try refusePrivateAddress(of: document.url)
    }

    /// Refuses a URL whose host is private by every address it has.
    package static func refusePrivateAddress(of url: String) throws(CampaignMistake) {
        guard let host = URLComponents(string: url)?.host else { return }
        let name = host.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        guard isPrivate(name) == true else { return }
        throw CampaignMistake(
            .privateNetwork, "\(host) is a loopback, private or link-local address")
    }

    /// Whether no address of a host is on the public internet; `nil` when it has none.
    private static func isPrivate(_ host: String) -> Bool? {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, nil, &hints, &list) == 0 else { return nil }
        defer { unsafe freeaddrinfo(list) }
        var entry = unsafe list
        while let current = unsafe entry {
            let bytes = unsafe UnsafeRawBufferPointer(
                start: current.pointee.ai_addr, count: Int(current.pointee.ai_addrlen))
            if unsafe AddressPolicy.isPublic(family: current.pointee.ai_family, bytes) {
                return false
            }
            unsafe entry = current.pointee.ai_next
        }
        return unsafe list == nil ? nil : true
    }
}
