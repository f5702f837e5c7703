import CLibuv

/// A numeric IP address with a port; never a host name.
package struct SocketAddress: Hashable, Sendable {
    /// The numeric address, without brackets.
    package let host: String
    /// The port; 0 asks the kernel for a free one when binding.
    package let port: UInt16

    /// Whether `host` is an IPv6 address.
    package var isIPv6: Bool { host.utf8.contains(UInt8(ascii: ":")) }

    /// Takes an address apart as it is written on a command line: `127.0.0.1:8080`, `[::1]:8080`.
    ///
    /// - Parameter text: The address, with its port.
    /// - Throws: `LoopError` with `invalidArgument` when the text is anything else.
    package init(parsing text: String) throws(LoopError) {
        let invalid = LoopError(.invalidArgument, in: .ipAddress)
        guard let colon = text.lastIndex(of: ":") else { throw invalid }
        let digits = text[text.index(after: colon)...]
        guard digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let port = UInt16(digits) else {
            throw invalid
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard host.contains(":") else { throw invalid }
        } else if host.contains(":") {
            throw invalid
        }
        try self.init(host: String(host), port: port)
    }

    /// Makes an address of its parts.
    ///
    /// - Parameters:
    ///   - host: A numeric IPv4 or IPv6 address, without brackets.
    ///   - port: The port.
    /// - Throws: `LoopError` with `invalidArgument` when `host` is not a numeric address.
    package init(host: String, port: UInt16) throws(LoopError) {
        self.host = host
        self.port = port
        try unsafe LoopError.check(withRaw { _ in 0 }, .ipAddress)
    }

    private init(known host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// The IPv4 loopback address.
    ///
    /// - Parameter port: The port; 0 for a free one.
    /// - Returns: `127.0.0.1:port`.
    package static func loopback(port: UInt16 = 0) -> SocketAddress {
        SocketAddress(known: "127.0.0.1", port: port)
    }

    /// The same host with another port.
    ///
    /// - Parameter port: The other port.
    /// - Returns: The address.
    package func with(port: UInt16) -> SocketAddress { SocketAddress(known: host, port: port) }

    /// Calls `body` with the address in the form that libuv takes.
    ///
    /// - Parameter body: Gets a pointer that is valid during the call; returns a libuv result.
    /// - Returns: What `body` returned, or libuv's error for a host that is not numeric.
    func withRaw(_ body: (UnsafePointer<sockaddr>) -> CInt) -> CInt {
        if isIPv6 {
            var raw = sockaddr_in6()
            let result = unsafe uv_ip6_addr(host, CInt(port), &raw)
            return result < 0 ? result : unsafe Self.asGeneric(&raw, body)
        }
        var raw = sockaddr_in()
        let result = unsafe uv_ip4_addr(host, CInt(port), &raw)
        return result < 0 ? result : unsafe Self.asGeneric(&raw, body)
    }

    private static func asGeneric<Raw>(
        _ raw: inout Raw, _ body: (UnsafePointer<sockaddr>) -> CInt
    ) -> CInt {
        unsafe withUnsafePointer(to: &raw) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0) }
        }
    }
}

extension SocketAddress: CustomStringConvertible {
    package var description: String { isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
