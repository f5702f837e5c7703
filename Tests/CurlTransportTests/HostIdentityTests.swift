import Engine
import Structures
import Testing

@testable import CurlTransport

/// What the engine calls one host, against what libcurl dials.
@Suite struct HostIdentityTests {
    @Test("libcurl dials one server for every spelling of its host")
    func dialsOneServer() throws {
        let server = try ScriptedServer()
        try withTransport(server) { harness in
            let target = try harness.target(nil)
            let port = server.port
            let addresses = [
                "127.0.0.1:\(port)", "127.0.0.1:0\(port)", "127.0.0.1:000000\(port)",
                "127.1:\(port)", "127.0.1:\(port)", "2130706433:\(port)", "0x7f.1:\(port)",
                "0X7F000001:\(port)", "017700000001:\(port)", "127.0.0x0.01:\(port)",
            ]
            let names = [
                "localhost:\(port)", "LOCALHOST:\(port)", "LocalHost:0\(port)",
            ]
            for (spellings, name) in [(addresses, "127.0.0.1"), (names, "localhost")] {
                for spelling in spellings {
                    for end in ["", "/", "?q", "#f", "/a?b#c", "/@elsewhere.test/"] {
                        let url = "http://\(spelling)\(end)"
                        #expect(HostName(of: url)?.text == "http://\(name):\(port)", "\(url)")
                        #expect(try harness.send(target, url: url).status == 200, "\(url)")
                    }
                }
            }
            #expect(server.requests.count == 6 * (addresses.count + names.count))
        }
    }

    @Test("a target's home lane is the same for every spelling of its host")
    func oneLane() throws {
        func hash(_ url: String) throws -> UInt32 {
            let target = try Target(
                TargetSpecification(
                    url: url, method: "POST", fields: [], timeoutMilliseconds: 1,
                    connectTimeoutMilliseconds: 1,
                    allowsPrivateNetworks: true, forbidsResend: false))
            defer { target.destroy() }
            return target.hostHash
        }
        let urls = ["https://h:0443/", "https://h./", "https://h:/", "https://H/", "https://h?q"]
        for url in urls { #expect(try hash(url) == hash("https://h"), "\(url)") }
        #expect(try hash("https://h:444") != hash("https://h"))
    }

    private static let pieces = [
        "://", ":", "/", "?", "#", "@", "[", "]", "%", "%25", ".", "..", "a", "B", "-", "_", "~",
        "0", "00", "443", "80", "0x", "f", "::", "1", "127.0.0.1", "255", "65535", "65536", "é",
        "\\", "user", "h.test", "|", "!", "$", "&", "'", "(", "*", "+", ",", ";", "=", "^", "`",
    ]

    @Test("libcurl's parser takes every URL that the engine takes")
    func differential() throws {
        var generator = SeededGenerator(seed: 5)
        var taken = 0
        for _ in 0..<50_000 {
            var text = "http://"
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                text += Self.pieces[Int.random(in: 0..<Self.pieces.count, using: &generator)]
            }
            guard HostName(of: text) != nil else { continue }
            taken += 1
            let parsed = unsafe TargetRules.parse(text)
            #expect(unsafe parsed != nil, "\(text)")
            unsafe TargetRules.free(parsed)
        }
        #expect(taken > 1_000)
    }
}
