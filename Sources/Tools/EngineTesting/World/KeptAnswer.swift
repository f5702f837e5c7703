import Engine

/// What a target asks to keep of an answer, in memory of its own.
// SAFETY: it owns the memory for its whole life and never writes to it after `init`.
@safe
final class KeptAnswer {
    private let memory: UnsafeMutableRawBufferPointer
    private let bodyCount: Int
    private let isBodyWhole: Bool
    private let fieldCount: Int

    /// Copies the parts of an answer that are asked for.
    init(_ answer: WireAnswer, _ parts: AnswerParts) {
        let body = answer.body.prefix(parts.bodyBytesMax)
        var bytes = Array(body)
        for name in parts.fieldNames {
            let value = Array((answer.field(name) ?? "").utf8)
            let kept = value.count > EngineLimits.answerFieldBytesMax ? [] : value
            unsafe withUnsafeBytes(of: UInt32(kept.count)) { unsafe bytes.append(contentsOf: $0) }
            bytes += kept
        }
        bodyCount = body.count
        isBodyWhole = parts.bodyBytesMax > 0 && body.count == answer.body.count
        fieldCount = parts.fieldNames.count
        unsafe memory = .allocate(byteCount: bytes.count, alignment: 1)
        unsafe memory.copyBytes(from: bytes)
    }

    deinit { unsafe memory.deallocate() }

    /// The parts where they lie, for as long as the object lives.
    var view: TransferAnswer {
        let body = unsafe UnsafeRawBufferPointer(rebasing: memory[..<bodyCount])
        let fields = unsafe UnsafeRawBufferPointer(rebasing: memory[bodyCount...])
        return unsafe TransferAnswer(
            body: body, isBodyWhole: isBodyWhole,
            fields: FieldValues(start: fields.baseAddress, count: fieldCount))
    }
}
