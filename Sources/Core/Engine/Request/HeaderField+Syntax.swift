/// What a header field is: a name that is a token, and a value without control characters (RFC
/// 9110, sections 5.1, 5.5 and 5.6.2).
///
/// The one rule for all who take or write fields: what breaks it could end its line early and begin
/// another one, or a body.
extension HeaderField {
    /// Whether bytes are a name: a token, which is not empty.
    package static func isName(_ bytes: some Collection<UInt8>) -> Bool {
        !bytes.isEmpty && bytes.allSatisfy(isTokenByte)
    }

    /// Whether bytes can be a value: no control character but the tab.
    @inline(__always)
    package static func isValue(_ bytes: some Sequence<UInt8>) -> Bool {
        bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == UInt8(ascii: "\t") }
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
