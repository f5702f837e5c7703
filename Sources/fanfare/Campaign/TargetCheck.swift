import CurlTransport
import Foundation
import Glibc

/// Finds out before anything is sent that no request could ever leave.
///
/// The check that counts is made on each address that is dialled; this one spares a campaign the
/// million failures that a forgotten option would bring.
enum TargetCheck {
    /// Refuses a URL whose host is private by every address it has.
    ///
    /// A name that cannot be resolved now is left to the sending.
    ///
    /// - Throws: `CommandFailure` that names the option.
    static func refusePrivateAddress(_ document: CampaignDocument) throws {
        guard !document.allowsPrivateNetworks, document.transport == TransportKind.curl.rawValue,
            let host = URLComponents(string: document.url)?.host
        else { return }
        let name = host.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        guard isPrivate(name) == true else { return }
        throw CommandFailure.usage(
            "--webhook: \(host) is a loopback, private or link-local address; "
                + "allow it with --allow-private-networks")
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
