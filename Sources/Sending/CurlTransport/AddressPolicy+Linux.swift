import Glibc

extension AddressPolicy {
    /// Whether the address of a socket that is about to be connected is on the public internet.
    ///
    /// - Parameters:
    ///   - family: The address family; anything but IPv4 and IPv6 is not public.
    ///   - bytes: The `sockaddr`, of any alignment; one too short for its family is not public.
    /// - Returns: Whether it may be dialled for anybody.
    package static func isPublic(family: Int32, _ bytes: UnsafeRawBufferPointer) -> Bool {
        switch family {
        case AF_INET:
            guard bytes.count >= MemoryLayout<sockaddr_in>.size else { return false }
            let address = unsafe bytes.loadUnaligned(as: sockaddr_in.self)
            return isPublic(v4: UInt32(bigEndian: address.sin_addr.s_addr))
        case AF_INET6:
            guard bytes.count >= MemoryLayout<sockaddr_in6>.size else { return false }
            let address = unsafe bytes.loadUnaligned(as: sockaddr_in6.self).sin6_addr
            let halves = unsafe withUnsafeBytes(of: address) { octets in
                unsafe (
                    high: octets.loadUnaligned(as: UInt64.self),
                    low: octets.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
                )
            }
            return isPublic(
                high: UInt64(bigEndian: halves.high), low: UInt64(bigEndian: halves.low))
        default:
            return false
        }
    }
}
