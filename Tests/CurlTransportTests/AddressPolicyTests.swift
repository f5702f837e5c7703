import Glibc
import Testing

@testable import CurlTransport

@Suite struct AddressPolicyTests {
    @Test(
        "Addresses that are not on the public internet are refused",
        arguments: [
            "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255",
            "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255",
            "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255",
            "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1",
            "255.255.255.255",
            "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.1.2.3",
            "::ffff:169.254.169.254",
            "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::1",
            "100::1", "2001::1", "2001:0:1234::1", "2001:db8::1", "2002:7f00:1::", "3fff::1",
            "3fff:fff::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "febf::1", "fec0::1",
            "ff02::1",
        ])
    func refuses(_ text: String) throws {
        #expect(try !isPublic(text))
    }

    @Test(
        "Addresses of the public internet are dialled, also inside an IPv6 form",
        arguments: [
            "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.0.0.1",
            "128.0.0.1", "169.253.0.1", "172.15.255.255", "172.32.0.0", "192.0.1.1", "192.0.3.1",
            "192.88.98.1", "198.17.255.255", "198.20.0.0", "203.0.114.1", "223.255.255.255",
            "::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2606:4700::1111", "2001:4860:4860::8888",
            "2001:1::1", "2003::1", "2a00::1",
        ])
    func dials(_ text: String) throws {
        #expect(try isPublic(text))
    }

    @Test("Anything that is not an internet address is refused")
    func otherFamilies() {
        unsafe withUnsafeBytes(of: sockaddr_un()) { bytes in
            #expect(unsafe !AddressPolicy.isPublic(family: AF_UNIX, bytes))
        }
        var address = sockaddr_in()
        address.sin_addr.s_addr = 0x0101_0101
        unsafe withUnsafeBytes(of: address) { bytes in
            #expect(unsafe AddressPolicy.isPublic(family: AF_INET, bytes))
            #expect(
                unsafe !AddressPolicy.isPublic(
                    family: AF_INET, UnsafeRawBufferPointer(rebasing: bytes[..<4])))
            #expect(unsafe !AddressPolicy.isPublic(family: AF_INET6, bytes))
        }
    }

    private func isPublic(_ text: String) throws -> Bool {
        if text.contains(":") {
            var address = sockaddr_in6()
            let code = unsafe inet_pton(AF_INET6, text, &address.sin6_addr)
            try #require(code == 1)
            return unsafe withUnsafeBytes(of: address) {
                unsafe AddressPolicy.isPublic(family: AF_INET6, $0)
            }
        }
        var address = sockaddr_in()
        let code = unsafe inet_pton(AF_INET, text, &address.sin_addr)
        try #require(code == 1)
        return unsafe withUnsafeBytes(of: address) {
            unsafe AddressPolicy.isPublic(family: AF_INET, $0)
        }
    }
}
