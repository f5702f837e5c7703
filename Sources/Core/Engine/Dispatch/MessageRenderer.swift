package import Jinja

/// Why a recipient has no request.
package struct RenderRefusal: Error {
    /// What the record of the delivery says.
    package var reason: DeliveryReason

    /// Refuses a recipient for a reason.
    package init(reason: DeliveryReason) { self.reason = reason }
}

/// Renders requests straight into the flight's buffer: no intermediate text, no allocation once the
/// buffer has grown to the size of the campaign's messages.
// SAFETY: it owns its memory, which is as large as the widest message asked for.
@safe
package struct MessageRenderer: ~Copyable {
    private var machine = Machine()
    private let reportsMissing: Bool
    /// Why the last render failed, when a template was the cause.
    package private(set) var failure: RenderFailure?
    /// What the last render printed although it is undefined; empty unless asked for.
    package private(set) var missing: [String] = []
    /// The recipient's variables while it is rendered; grows with the widest campaign.
    private var slots: UnsafeMutableBufferPointer<SlotValue>

    /// Makes a renderer for one thread.
    ///
    /// - Parameter reportsMissing: Whether to note undefined variables, which costs time.
    package init(reportsMissing: Bool = false) {
        self.reportsMissing = reportsMissing
        machine.reportsMissing = reportsMissing
        machine.outputBytesPerRender = EngineLimits.renderedBytesMax
        unsafe slots = .allocate(capacity: 64)
        unsafe slots.initialize(repeating: .missing)
    }

    deinit { unsafe slots.deallocate() }

    /// Renders one recipient.
    ///
    /// - Parameters:
    ///   - message: The campaign's templates.
    ///   - index: The recipient's place in its page.
    ///   - audience: The page.
    ///   - ordinal: The recipient's number, a part of the key.
    ///   - send: The send's number, a part of the key.
    ///   - generation: The delivery's generation, a part of the key.
    ///   - keyPrefix: The key up to the part that differs by recipient; `nil` when the request has
    ///     no field for the key.
    ///   - buffer: Emptied first, then filled.
    /// - Returns: Where the parts lie in the buffer.
    /// - Throws: `RenderRefusal` when a template fails, or its result cannot be sent.
    package mutating func render(
        _ message: MessageTemplates, recipientAt index: Int, of audience: AudiencePage,
        ordinal: Ordinal, send: SendNumber = .first, generation: UInt8, keyPrefix: [UInt8]?,
        into buffer: inout ByteBuffer
    ) throws(RenderRefusal) -> RenderedRequest {
        var request = RenderedRequest()
        try render(
            message, recipientAt: index, of: audience, ordinal: ordinal, send: send,
            generation: generation, keyPrefix: keyPrefix, into: &buffer, as: &request)
        return request
    }

    /// Renders one recipient, and writes where the parts lie to where that is kept.
    @inline(__always)
    mutating func render(
        _ message: MessageTemplates, recipientAt index: Int, of audience: AudiencePage,
        ordinal: Ordinal, send: SendNumber, generation: UInt8, keyPrefix: [UInt8]?,
        into buffer: inout ByteBuffer, as request: inout RenderedRequest
    ) throws(RenderRefusal) {
        fill(message.slotCount, index, audience)
        if reportsMissing { missing.removeAll() }
        buffer.removeAll(keepingCapacity: true)
        // Each part that is read is set here, whatever an earlier request has left.
        if let url = message.url {
            try render(url, of: &request, into: &buffer)
        } else {
            request.url = nil
            request.hostHash = nil
        }
        request.inputsStart = buffer.count
        request.inputCount = message.inputs.count
        // To go over an array costs a retain, and nearly all messages have none.
        if request.inputCount > 0 { try render(message.inputs, into: &buffer) }
        request.fieldsStart = buffer.count
        request.fieldCount = 0
        request.addedCount = 0
        if let keyPrefix {
            IdempotencyKey.appendValue(
                prefix: keyPrefix, ordinal: ordinal, send: send, generation: generation,
                to: &buffer)
            request.fieldCount = 1
        }
        if !message.headers.isEmpty {
            for header in message.headers { try render(header, of: &request, into: &buffer) }
        }
        request.bodyStart = buffer.count
        try render(message.body, into: &buffer, else: .renderFailed)
        request.bodyCount = buffer.count - request.bodyStart
        guard request.bodyCount <= EngineLimits.bodyBytesMax else {
            throw RenderRefusal(reason: .messageTooLarge)
        }
    }

    private mutating func render(
        _ url: Template, of request: inout RenderedRequest, into buffer: inout ByteBuffer
    ) throws(RenderRefusal) {
        try render(url, into: &buffer, else: .renderFailed)
        // So a template says that the recipient has no address.
        guard buffer.count > 0 else { throw RenderRefusal(reason: .noEndpoint) }
        guard buffer.count <= EngineLimits.urlBytesMax else {
            throw RenderRefusal(reason: .urlInvalid)
        }
        do throws(HTTPURL.Fault) {
            let url = try unsafe HTTPURL(buffer.bytes)
            request.url = url.parts
            request.hostHash = unsafe url.hostHash(in: buffer.bytes)
        } catch {
            throw RenderRefusal(reason: .urlInvalid)
        }
    }

    private mutating func render(
        _ inputs: [Template], into buffer: inout ByteBuffer
    ) throws(RenderRefusal) {
        for input in inputs {
            let start = buffer.beginFieldValue()
            try render(input, into: &buffer, else: .renderFailed)
            buffer.endFieldValue(start)
        }
    }

    private mutating func render(
        _ header: MessageTemplates.Header, of request: inout RenderedRequest,
        into buffer: inout ByteBuffer
    ) throws(RenderRefusal) {
        let start = buffer.beginFieldValue()
        try render(header.value, into: &buffer, else: .renderFailed)
        let count = buffer.endFieldValue(start)
        let value = unsafe UnsafeRawBufferPointer(start: buffer.start, count: buffer.count)
            .suffix(count)
        guard header.valueBytesMax >= count,
            unsafe HeaderField.isValue(UnsafeRawBufferPointer(rebasing: value))
        else { throw RenderRefusal(reason: .headerInvalid) }
        request.fieldCount += 1
    }

    private mutating func fill(_ count: Int, _ index: Int, _ audience: AudiencePage) {
        if unsafe count > slots.count {
            unsafe slots.deallocate()
            unsafe slots = .allocate(capacity: count)
            unsafe slots.initialize(repeating: .missing)
        }
        if let base = unsafe slots.baseAddress {
            unsafe audience.fill(base, count: count, recipientAt: index)
        }
    }

    private mutating func render(
        _ template: Template, into buffer: inout ByteBuffer, else reason: DeliveryReason
    ) throws(RenderRefusal) {
        guard let base = unsafe slots.baseAddress else { return }
        if let failure = unsafe machine.render(
            template, slots: UnsafePointer(base), into: &buffer)
        {
            self.failure = failure
            throw RenderRefusal(reason: reason)
        }
        if reportsMissing { missing += machine.missing }
    }
}
