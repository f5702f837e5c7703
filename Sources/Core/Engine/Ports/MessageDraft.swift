package import Jinja

/// A rendered message that its provider completes, in the flight's own buffer.
///
/// What it gives out lies in that buffer and is valid until the next change. Nothing of the
/// rendered message is moved: what is added stands behind it.
// SAFETY: the buffer is the flight's, which its maker keeps for the draft's life; what is read of
// it says `unsafe`.
@safe
package struct MessageDraft: ~Copyable {
    // Valid for the draft's life, which its maker sees to.
    private let buffer: UnsafeMutablePointer<ByteBuffer>
    private(set) var request: RenderedRequest
    /// The campaign, a part of the delivery's identity.
    package let campaign: CampaignID
    /// The recipient's number in it.
    package let ordinal: Ordinal
    /// How often a person asked for it to be sent anew.
    package let generation: UInt8

    /// Opens a rendered message.
    ///
    /// - Parameters:
    ///   - request: Where its parts lie.
    ///   - buffer: What it was rendered into; nobody else uses it while the draft lives.
    ///   - campaign: Its campaign.
    ///   - ordinal: Its recipient.
    ///   - generation: Its generation.
    @unsafe
    package init(
        _ request: RenderedRequest, in buffer: UnsafeMutablePointer<ByteBuffer>,
        campaign: CampaignID, ordinal: Ordinal, generation: UInt8
    ) {
        self.request = request
        unsafe self.buffer = buffer
        self.campaign = campaign
        self.ordinal = ordinal
        self.generation = generation
    }

    private var start: UnsafeMutableRawPointer {
        unsafe UnsafeMutableRawPointer(buffer.pointee.start)
    }

    /// Where it goes; `nil` when the target's own URL is meant.
    package var address: RequestAddress? { unsafe request.address(at: start) }

    /// The value of an input of the message's templates: what the provider needs to know of the
    /// recipient, such as a key, and does not send.
    @unsafe
    package func input(_ index: Int) -> UnsafeRawBufferPointer {
        unsafe FieldValues(start: start + request.inputsStart, count: request.inputCount)[index]
    }

    /// The value of a rendered header field: the idempotency key if the provider has a field for
    /// it, then the message's own.
    @unsafe
    package func field(_ index: Int) -> UnsafeRawBufferPointer {
        unsafe FieldValues(start: start + request.fieldsStart, count: request.fieldCount)[index]
    }

    /// The body as it stands.
    package var body: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: start + request.bodyStart, count: request.bodyCount)
    }

    /// The message as it stands, for a target, as a transport takes it.
    package func request(to target: TargetID) -> TransferRequest {
        unsafe request.request(target: target, in: buffer.pointee)
    }

    /// Puts another body in the place of what was rendered.
    ///
    /// Once at the most, and before any field is added.
    ///
    /// - Parameters:
    ///   - room: Bytes that the new body has at the most.
    ///   - write: Writes it, given the old one and as much memory as asked for, and returns its
    ///     length.
    @unsafe
    package mutating func replaceBody(
        atMost room: Int,
        _ write: (_ body: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer) -> Int
    ) {
        precondition(request.addedCount == 0, "a body was replaced after fields were added")
        // The old body moves with the buffer, before its address is taken.
        unsafe buffer.pointee.reserve(room)
        let old = unsafe body
        let newStart = unsafe buffer.pointee.count
        unsafe append(atMost: room) { unsafe write(old, $0) }
        request.bodyStart = newStart
        request.bodyCount = unsafe buffer.pointee.count - newStart
    }

    /// Adds the value of the provider's next field; an empty one leaves the field out.
    ///
    /// - Parameter value: Bytes outside of the buffer, without line breaks and NUL.
    @unsafe
    package mutating func addField(_ value: UnsafeRawBufferPointer) {
        let start = beginField()
        unsafe buffer.pointee.append(value)
        unsafe buffer.pointee.endFieldValue(start)
    }

    /// Adds the value of the provider's next field; an empty one leaves the field out.
    ///
    /// - Parameters:
    ///   - room: Bytes that it has at the most.
    ///   - write: Writes it into memory of that size, without line breaks and NUL, and returns its
    ///     length.
    @unsafe
    package mutating func addField(
        atMost room: Int, _ write: (UnsafeMutableRawBufferPointer) -> Int
    ) {
        let start = beginField()
        unsafe append(atMost: room, write)
        unsafe buffer.pointee.endFieldValue(start)
    }

    private mutating func beginField() -> Int {
        let start = unsafe buffer.pointee.beginFieldValue()
        if request.addedCount == 0 { request.addedStart = start }
        request.addedCount += 1
        return start
    }

    private func append(atMost room: Int, _ write: (UnsafeMutableRawBufferPointer) -> Int) {
        unsafe buffer.pointee.append(atMost: room) { output in
            let count = unsafe write(UnsafeMutableRawBufferPointer(start: output, count: room))
            precondition((0...room).contains(count), "more was written than there is room for")
            return count
        }
    }
}
