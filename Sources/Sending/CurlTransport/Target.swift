import CLibcurl
import Engine
import Glibc

/// What a target's handles have in common, copied from its specification.
// SAFETY: what it points to is copied from the specification and freed by `destroy`, after the last
// handle.
@safe
struct Target {
    /// The URL of every request, parsed; `nil` when each brings its own.
    ///
    /// libcurl copies the parts of a parsed URL for each request. One given as text it would parse,
    /// put together again and copy, which takes a tenth of the instructions of a request.
    let url: OpaquePointer?
    /// The method when it is not POST.
    let customMethod: UnsafeMutablePointer<CChar>?
    let headers: StaticHeaderChain
    let linePrefixes: LinePrefixes
    let answerFields: AnswerFieldNames
    let answerBodyBytesMax: Int
    let timeoutMilliseconds: Int
    let connectTimeoutMilliseconds: Int
    let allowsPrivateNetworks: Bool
    let forbidsResend: Bool
    /// Chooses the home lane: a part of the host's identity.
    ///
    /// Without a URL of the target each request has its own.
    let hostHash: UInt32
    /// First of the slots that are set up for the target and free; −1 when there is none.
    var freeSlots: Int32 = -1
    var flightCount: Int32 = 0
    /// Whether `release` was called; the target goes when its last flight has ended.
    var isReleased = false

    /// Checks and copies a specification.
    init(_ specification: TargetSpecification) throws(TransportError) {
        try TargetRules.check(specification)
        if let text = specification.url {
            unsafe url = TargetRules.parse(text)
            hostHash = UInt32(truncatingIfNeeded: HostName(of: text)?.hash ?? 0)
        } else {
            unsafe url = nil
            hostHash = 0
        }
        unsafe customMethod = specification.method == "POST" ? nil : strdup(specification.method)
        headers = StaticHeaderChain(
            specification.fields.map { "\($0.name): \($0.value)" }
                + TargetRules.linesToSuppress(specification.fields.map(\.name)))
        linePrefixes = LinePrefixes(specification.requestFieldNames)
        answerFields = AnswerFieldNames(specification.answer.fieldNames)
        answerBodyBytesMax = specification.answer.bodyBytesMax
        timeoutMilliseconds = specification.timeoutMilliseconds
        connectTimeoutMilliseconds = specification.connectTimeoutMilliseconds
        allowsPrivateNetworks = specification.allowsPrivateNetworks
        forbidsResend = specification.forbidsResend
    }

    /// Frees the copies; no handle may be set up for the target any more.
    func destroy() {
        unsafe TargetRules.free(url)
        unsafe free(customMethod)
        headers.destroy()
        linePrefixes.destroy()
        answerFields.destroy()
    }
}
