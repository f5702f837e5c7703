import Structures
import Testing

@testable import Engine

@Suite("What a URL is, and which host it names")
struct HTTPURLTests {
    @Test(
        "all spellings of a host are one host",
        arguments: [
            (
                "https://h:443",
                [
                    "https://h", "https://h/", "https://H/", "HTTPS://h", "https://h./",
                    "https://h:/", "https://h.:/", "https://h:443/", "https://h:0443/",
                    "https://h:00000000443/x", "https://u:p@h/", "https://@h/", "https://u@H.:0443",
                    "https://h?q", "https://h#f", "https://h/a?b#c", "https://h/@other/",
                    "https://h?@other", "https://h#@other", "https://h?u=https://other:1/",
                    "https://h/ü",
                ]
            ),
            (
                "http://a.test:80",
                ["http://a.test", "http://A.tesT.:80/", "hTTp://a.test:/x", "http://a.test:0080"]
            ),
            (
                "http://127.0.0.1:8080",
                [
                    "http://127.0.0.1:8080/", "http://127.1:8080/", "http://2130706433:8080/",
                    "http://0x7f.1:8080/", "http://0X7F000001:8080/", "http://017700000001:8080/",
                    "http://127.0.0x0.01:08080/", "http://127.0.0.1.:8080/",
                ]
            ),
            (
                "http://[::1]:80",
                [
                    "http://[::1]/", "http://[::1]:/", "http://[0:0:0:0:0:0:0:1]:080/",
                    "http://[0000::0001]", "http://[::0.0.0.1]/", "http://u@[::1]/",
                ]
            ),
            (
                "https://[2001:db8::1:0:0:1]:443",
                [
                    "https://[2001:DB8::1:0:0:1]", "https://[2001:db8:0:0:1:0:0:1]",
                    "https://[2001:db8:0:0:1::1]",
                ]
            ),
            ("http://[fe80::1%eth0]:80", ["http://[fe80::1%25eth0]/", "http://[FE80:0::1%eth0]"]),
            ("http://my_host-1.x:1", ["http://MY_host-1.x:1", "http://my_host-1.x:00001/"]),
            ("http://1.2.3.4.5:80", ["http://1.2.3.4.5/"]),
            ("http://256.1.1.1:80", ["http://256.1.1.1"]), ("http://1.2.3.:80", []),
            ("http://09.1:80", ["http://09.1/"]), ("http://1.16777216:80", ["http://1.16777216"]),
            ("http://0x:80", ["http://0X"]), ("http://4294967296:80", ["http://4294967296/"]),
            ("http://[1::8]:80", ["http://[1:0:0:0:0:0:0:8]"]),
            ("http://[1:2:3:4:5:6:7:8]:65535", ["http://[01:02:03:04:05:06:07:08]:065535"]),
            ("http://[1:2:3:4:5:6:7:0]:80", ["http://[1:2:3:4:5:6:7::]"]),
            ("http://[::]:80", ["http://[0::0]", "http://[::0.0.0.0]"]),
            ("http://[1:0:0:2::]:80", ["http://[1:0:0:2:0:0:0:0]"]),
        ] as [(String, [String])])
    func oneHost(_ name: String, _ spellings: [String]) throws {
        for spelling in spellings {
            let host = try #require(HostName(of: spelling), "\(spelling)")
            #expect(host.text == name, "\(spelling)")
            #expect(host == HostName(of: name), "\(spelling)")
        }
    }

    @Test("hosts that differ in scheme, name or port are different")
    func different() {
        let urls = [
            "http://a.test/", "https://a.test/", "http://b.test/", "http://a.test:81/",
            "http://a.test:8/", "https://a.test:80/", "http://a.tes/", "http://a.testP/",
            "http://127.0.0.1/", "http://[::ffff:127.0.0.1]/", "http://[fe80::1]/",
            "http://[fe80::1%a]/", "http://[fe80::1%A]/", "http://x--a.test/",
        ]
        #expect(Set(urls.compactMap { HostName(of: $0)?.hash }).count == urls.count)
        #expect(Set(urls.compactMap { HostName(of: $0)?.text }).count == urls.count)
    }

    @Test(
        "what is no URL is refused with the reason",
        arguments: [
            (.scheme, ["", "a", "h", "http", "http:", "http:/", "http:/a", "ftp://a/", "a.test"]),
            (.scheme, ["https", "httpss://a", "//a/", "http:\\\\a", "xhttp://a", "http//a"]),
            (.noHost, ["http://", "https:///a", "http://?q", "http://#f", "http://:80/"]),
            (.noHost, ["http://u@/", "http://u:p@:80", "http://[]/", "https://@"]),
            (
                .blank,
                [" ", " http://a/", "http://a/ ", "http://a b/", "http://a/\t", "http://a\n/"]
            ),
            (.blank, ["http://a/\u{7F}", "http://a/#\u{0}", "\u{1}http://a/"]),
            (.host, ["http://a..b/", "http://.a/", "http://./", "http://a../", "http://a%61/"]),
            (.host, ["http://\u{FF41}/", "http://bücher.example/", "http://a\\b/", "http://a|b/"]),
            (.host, ["http://a*/", "http://a,b/", "http://a;b", "http://[::1/", "http://[::1]a/"]),
            (.host, ["http://[1:2]/", "http://[::1::]/", "http://[1:2:3:4:5:6:7:8:9]/"]),
            (.host, ["http://[:::1]/", "http://[12345::]/", "http://[::1.2.3]/", "http://[::g]"]),
            (
                .host,
                ["http://[1:]/", "http://[:1]/", "http://[::1.2.3.04]/", "http://[::256.1.1.1]"]
            ),
            (.host, ["http://[fe80::1%]/", "http://[fe80::1%a/b]/", "http://[::1.2.3.4:5]/"]),
            (.port, ["http://a:0/", "http://a:65536/", "http://a:99999999999999999999/"]),
            (.port, ["http://a:-1/", "http://a:+1/", "http://a:8a/", "http://a:80:80/"]),
            (.port, ["https://[::1]:0", "http://a:000", "http://a:\u{0661}/"]),
            (.userInfo, ["http://a@b@c/", "http://u:p@h@i:80"]),
        ] as [(HTTPURL.Fault, [String])])
    func refused(_ fault: HTTPURL.Fault, _ texts: [String]) {
        for text in texts {
            #expect(throws: fault, "\(text)") { try HTTPURL(text) }
            #expect(HostName(of: text) == nil)
        }
    }

    @Test("each reason says what is wrong in its own words")
    func reasons() {
        let reasons = HTTPURL.Fault.allCases.map { "\($0)" }
        #expect(Set(reasons).count == reasons.count)
        #expect(reasons.allSatisfy { $0.hasPrefix("it") })
    }

    @Test("a text that names a host says nothing else")
    func names() {
        for name in ["https://h", "https://H/", "https://h:443", "https://[::1]:0443/"] {
            #expect(HostName(name) == HostName(of: name))
        }
        let more = [
            "https://u@h", "https://@h", "https://h//", "https://h/a", "https://h?", "https://h#",
            "https://h/?", "h", "h:443", "",
        ]
        for text in more { #expect(HostName(text) == nil, "\(text)") }
    }

    @Test("the parts of a URL lie where they were written")
    func parts() throws {
        let text = "https://user@Host.Example.:0444/path?q#frag#ment"
        let url = try HTTPURL(text)
        let bytes = Array(text.utf8)
        #expect(String(decoding: bytes[url.host], as: UTF8.self) == "Host.Example")
        let path = url.parts.authorityEnd..<url.parts.pathEnd
        #expect(String(decoding: bytes[path], as: UTF8.self) == "/path?q")
        #expect(url.parts.authorityStart == 8)
        #expect(url.parts.scheme == .https && url.hasUserInfo && url.port == 444)
    }

    /// Pieces of which URLs are put together at random.
    private static let pieces = [
        "http://", "https://", "HTTP", "://", ":", "/", "?", "#", "@", "[", "]", "%", "%25", ".",
        "..", "a", "B", "-", "_", "0", "00", "443", "80", "0x", "f", "::", "1", "127.0.0.1", "255",
        "65535", "65536", "é", " ", "\t", "\\", "user", "h.test",
    ]

    @Test("whatever is read, the one spelling of its host is read as itself")
    func stable() throws {
        var generator = SeededGenerator(seed: 21)
        var read = 0
        for round in 0..<20_000 {
            var text = round % 4 == 0 ? "" : "http://"
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                text += Self.pieces[Int.random(in: 0..<Self.pieces.count, using: &generator)]
            }
            guard let host = HostName(of: text) else { continue }
            read += 1
            #expect(HostName(host.text) == host, "\(text)")
        }
        #expect(read > 1_000)
    }
}
