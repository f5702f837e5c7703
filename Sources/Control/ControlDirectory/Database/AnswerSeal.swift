import Crypto
import Foundation

/// Seals the answers that are kept for a request to be repeated, as some hold a secret that is
/// shown once.
///
/// AES-GCM with a key derived by HKDF from the secret of the API key that asked, of which the
/// database has a hash only: a copy of the database opens nothing, and nor does another API key.
package struct AnswerSeal: Sendable {
    private let key: SymmetricKey

    /// Derives the key.
    ///
    /// - Parameter secret: The API key as the request gave it.
    package init(secret: String) {
        key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: Data(secret.utf8)),
            info: Data("fanfare idempotent answer".utf8), outputByteCount: 32)
    }

    func seal(_ body: Data) throws -> Data {
        guard let sealed = try AES.GCM.seal(body, using: key).combined else {
            preconditionFailure("a nonce of the usual length has a combined form")
        }
        return sealed
    }

    func open(_ sealed: Data) throws -> Data {
        try AES.GCM.open(AES.GCM.SealedBox(combined: sealed), using: key)
    }
}
