import ControlDirectory
import Crypto
import Foundation

/// The key that an event webhook's messages are signed with, as Standard Webhooks 1.0 has it:
/// `whsec_` and the base64 of 24 to 64 bytes.
struct WebhookSecret: Sendable {
    /// As it is given to the receiver.
    let text: String
    private let key: Data

    private static let prefix = "whsec_"

    static let rule = TextRule(
        38...94,
        pattern: "^whsec_(?:[A-Za-z0-9+/]{4}){8,20}"
            + "(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})?$",
        expectation: "expected whsec_ and the base64 of 24 to 64 bytes"
    ) {
        switch $0 {
        case "A"..."Z", "a"..."z", "0"..."9", "+", "/", "=", "_": true
        default: false
        }
    }

    /// Reads a secret; nil for anything else.
    init?(_ text: String) {
        guard text.hasPrefix(Self.prefix),
            let key = Data(base64Encoded: String(text.dropFirst(Self.prefix.count))),
            EventLimits.keyBytes.contains(key.count),
            // Decoders differ in what else they take.
            Self.prefix + key.base64EncodedString() == text
        else { return nil }
        self.text = text
        self.key = key
    }

    /// Draws a secret of 32 bytes.
    static func random() -> WebhookSecret {
        let key = unsafe SymmetricKey(size: .bits256).withUnsafeBytes { unsafe Data($0) }
        guard let secret = WebhookSecret(prefix + key.base64EncodedString()) else {
            preconditionFailure("32 bytes make no secret")
        }
        return secret
    }

    /// As it is shown to whoever need not know it.
    var masked: String { "\(Self.prefix)…\(text.suffix(4))" }

    /// The signature of a message: `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`.
    func signature(id: String, timestamp: Int64, body: [UInt8]) -> String {
        var code = HMAC<SHA256>(key: SymmetricKey(data: key))
        code.update(data: Data("\(id).\(timestamp).".utf8))
        code.update(data: body)
        return "v1,\(Data(code.finalize()).base64EncodedString())"
    }
}
