/// What a transport has kept of an answer, as borrowed bytes.
///
/// Empty where the target asked for nothing, and without a final status.
// SAFETY: the bytes are the transport's until its next completion is taken; who makes one says
// `unsafe`.
@safe
package struct TransferAnswer: BitwiseCopyable {
    /// The first bytes of the body, as many as the target asked for at the most.
    package let body: UnsafeRawBufferPointer
    /// Whether `body` is all of it: neither cut off by the target's bound nor on its way.
    package let isBodyWhole: Bool
    @usableFromInline let fields: FieldValues

    /// Nothing of an answer.
    @inlinable
    package init() {
        unsafe body = UnsafeRawBufferPointer(start: nil, count: 0)
        isBodyWhole = false
        fields = FieldValues()
    }

    /// Takes what was kept where it lies.
    ///
    /// - Parameters:
    ///   - body: The body's first bytes.
    ///   - isBodyWhole: Whether there were no more.
    ///   - fields: The values of the fields that the target named, in their order; empty for those
    ///     that the answer does not have.
    @unsafe
    package init(body: UnsafeRawBufferPointer, isBodyWhole: Bool, fields: FieldValues) {
        unsafe self.body = body
        self.isBodyWhole = isBodyWhole
        self.fields = fields
    }

    /// The value of a field by its place among those that the target named; empty when the answer
    /// does not have it.
    @unsafe
    package func field(_ index: Int) -> UnsafeRawBufferPointer { unsafe fields[index] }
}
