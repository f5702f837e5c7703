import Engine
import Testing

@Suite("What a header field is")
struct HeaderFieldTests {
    @Test("every byte of a name is one of a token")
    func names() {
        let token = Set("!#$%&'*+-.^_`|~0123456789".utf8)
        for byte in UInt8.min...UInt8.max {
            let isLetter = (0x41...0x5A).contains(byte & 0xDF) && byte < 0x80
            let isToken = isLetter || token.contains(byte)
            #expect(HeaderField.isName([byte]) == isToken, "\(byte)")
            #expect(HeaderField.isName([0x61, byte]) == isToken, "\(byte)")
        }
        #expect(!HeaderField.isName([]))
    }

    @Test("a value has no control character but the tab")
    func values() {
        for byte in UInt8.min...UInt8.max {
            let isAllowed = byte == 0x09 || byte >= 0x20 && byte != 0x7F
            #expect(HeaderField.isValue([0x61, byte, 0x62]) == isAllowed, "\(byte)")
        }
        #expect(HeaderField.isValue([]))
    }
}
