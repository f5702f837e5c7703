import Crypto
package import Foundation

/// Ids and secrets from the system's random source.
package enum RandomText {
    private static let digits = Array(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// Letters and digits, about 5.95 bits each.
    package static func base62(_ count: Int) -> String {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<count).map { _ in
            digits[Int.random(in: 0..<digits.count, using: &generator)]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// An id of a kind, such as `seg_4fQ…`: 119 random bits.
    package static func id(_ prefix: String) -> String { "\(prefix)_\(base62(20))" }

    /// SHA-256, as it is stored of a secret that is random itself.
    package static func hash(_ secret: String) -> Data {
        Data(SHA256.hash(data: Data(secret.utf8)))
    }
}
