package import Engine
package import Structures

/// A provider that uses all that one may: a token that changes with time, a signature over key and
/// body, a body sealed with a key of the recipient, reasons in the bodies of answers, endpoints
/// that are gone.
///
/// Its sealing and signing are such that a test can do them again, and no more.
package final class ScriptedProvider: Provider {
    /// Milliseconds that a message without a token waits unless the test says otherwise.
    package static let waitMilliseconds: Int64 = 1_000

    /// What all shards send along; `nil` while there is none.
    package let token = Guarded<String?>("token-0")
    /// How long a message waits for it.
    package let wait = Guarded(waitMilliseconds)
    /// Recipients whose messages cannot be prepared, by the rendered body.
    package let refused = Guarded<Set<String>>([])
    /// Bytes that are added to each body.
    package let padding = Guarded(0)

    /// Makes a provider with a token.
    package init() {}

    /// Two fields of its own, the first bytes of answers and one of their fields.
    package var requirements: ProviderRequirements {
        ProviderRequirements(
            keyFieldName: "key", fieldNames: ["x-token", "x-signature"],
            answer: AnswerParts(bodyBytesMax: 64, fieldNames: ["x-reason"]))
    }

    /// Makes a preparer that asks this provider for each message.
    package func makePreparer() -> (any MessagePreparer)? { ScriptedPreparer(self) }

    /// Reads the status, and where it says 400 the reason in the body.
    package func verdict(
        for completion: TransferCompletion, guarantee: DeliveryGuarantee
    ) -> Verdict {
        let status = completion.result.status
        guard status == 400 else {
            return SimulatedProvider().verdict(for: completion, guarantee: guarantee)
        }
        let body = unsafe String(decoding: completion.answer.body, as: UTF8.self)
        guard body.hasPrefix("reason=") else {
            return Verdict(.fail, reason: .httpStatus, code: status)
        }
        switch body.dropFirst("reason=".count) {
        case "gone": return Verdict(.dropEndpoint, reason: .endpointGone, code: status)
        case "later": return Verdict(.retry, reason: .httpStatus, code: status)
        case let number:
            return Verdict(.fail, reason: .providerReason, code: UInt16(number) ?? 0)
        }
    }

    /// A body as it is sent.
    package static func sealed(_ body: String, with key: String) -> String {
        let key = Array(key.utf8)
        let bytes = body.utf8.enumerated().map { $1 ^ key[$0 % key.count] }
        return bytes.map { hex(UInt64($0), digits: 2) }.joined()
    }

    /// What is sent along with a key and a sealed body.
    package static func signature(_ key: String, _ body: String) -> String {
        var sum: UInt64 = 0
        for byte in "\(key).\(body)".utf8 { sum = sum &* 31 &+ UInt64(byte) }
        return hex(sum, digits: 16)
    }

    private static func hex(_ value: UInt64, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: digits - text.count) + text
    }
}

/// Completes messages as the provider says.
private final class ScriptedPreparer: MessagePreparer {
    private let provider: ScriptedProvider

    init(_ provider: ScriptedProvider) { self.provider = provider }

    func prepare(_ draft: inout MessageDraft, at now: Moment) -> Preparation {
        guard let token = provider.token.withLock({ $0 }) else {
            return .notYet(milliseconds: provider.wait.withLock { $0 })
        }
        let body = unsafe String(decoding: draft.body, as: UTF8.self)
        if provider.refused.withLock({ $0.contains(body) }) { return .refused(.messageTooLarge) }
        let key = unsafe String(decoding: draft.input(0), as: UTF8.self)
        let padding = String(repeating: "0", count: provider.padding.withLock { $0 })
        let sealed = ScriptedProvider.sealed(body, with: key) + padding
        unsafe draft.replaceBody(atMost: sealed.utf8.count + 16) { _, output in
            unsafe output.copyBytes(from: sealed.utf8)
            return sealed.utf8.count
        }
        var text = token
        text.withUTF8 { unsafe draft.addField(UnsafeRawBufferPointer($0)) }
        let signature = ScriptedProvider.signature(
            unsafe String(decoding: draft.field(0), as: UTF8.self), sealed)
        unsafe draft.addField(atMost: 64) { output in
            unsafe output.copyBytes(from: signature.utf8)
            return signature.utf8.count
        }
        return .ready
    }
}
