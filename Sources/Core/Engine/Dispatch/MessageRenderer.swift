package import Jinja

/// Where a rendered request lies in its flight's buffer: the URL with a NUL when it has one of its
/// own, header lines with a NUL each, then the body.
package struct RenderedRequest {
    /// 0 when the target's own URL is meant; the URL begins at offset 0 otherwise.
    var headersStart: Int
    var bodyStart: Int
    package var bodyCount: Int
    /// The host of the request's own URL.
    var hostHash: UInt64?

    /// The request as the transport takes it, borrowed from the buffer.
    func request(target: TargetID, in buffer: borrowing ByteBuffer) -> TransferRequest {
        let start = unsafe UnsafeMutableRawPointer(buffer.start)
        let characters = unsafe start.assumingMemoryBound(to: CChar.self)
        return unsafe TransferRequest(
            target: target,
            url: headersStart == 0 ? nil : UnsafePointer(characters),
            headerLines: characters.advanced(by: headersStart),
            body: UnsafeRawBufferPointer(start: start.advanced(by: bodyStart), count: bodyCount))
    }
}

/// Why a recipient has no request.
package struct RenderRefusal: Error {
    package var reason: DeliveryReason

    package init(reason: DeliveryReason) { self.reason = reason }
}

/// Renders requests straight into the flight's buffer: no intermediate text, no allocation once the
/// buffer has grown to the size of the campaign's messages.
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
    ///   - generation: The delivery's generation, a part of the key.
    ///   - keyPrefix: The first header line up to the part of the key that differs by recipient.
    ///   - buffer: Emptied first, then filled.
    /// - Returns: Where the parts lie in the buffer.
    /// - Throws: `RenderRefusal` when a template fails, or its result cannot be sent.
    package mutating func render(
        _ message: MessageTemplates, recipientAt index: Int, of audience: AudiencePage,
        ordinal: Ordinal, generation: UInt8, keyPrefix: [UInt8], into buffer: inout ByteBuffer
    ) throws(RenderRefusal) -> RenderedRequest {
        fill(message.slotCount, index, audience)
        if reportsMissing { missing.removeAll() }
        buffer.removeAll(keepingCapacity: true)
        var request = RenderedRequest(headersStart: 0, bodyStart: 0, bodyCount: 0)
        if let url = message.url {
            try render(url, into: &buffer, else: .renderFailed)
            // So a template says that the recipient has no address.
            guard buffer.count > 0 else { throw RenderRefusal(reason: .noEndpoint) }
            guard unsafe Self.isURL(buffer.bytes) else {
                throw RenderRefusal(reason: .urlInvalid)
            }
            request.hostHash = unsafe HostHash.of(url: buffer.bytes)
            buffer.append(0)
        }
        request.headersStart = buffer.count
        buffer.append(keyPrefix)
        IdempotencyKey.appendRest(ordinal: ordinal, generation: generation, to: &buffer)
        buffer.append(0)
        for header in message.headers {
            let lineStart = buffer.count
            buffer.append(header.prefix)
            try render(header.value, into: &buffer, else: .renderFailed)
            guard
                unsafe Self.isHeaderLine(
                    UnsafeRawBufferPointer(rebasing: buffer.bytes[lineStart...]))
            else { throw RenderRefusal(reason: .headerInvalid) }
            buffer.append(0)
        }
        request.bodyStart = buffer.count
        try render(message.body, into: &buffer, else: .renderFailed)
        request.bodyCount = buffer.count - request.bodyStart
        guard request.bodyCount <= EngineLimits.bodyBytesMax else {
            throw RenderRefusal(reason: .messageTooLarge)
        }
        return request
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

    /// Whether the bytes can be handed on as an HTTP URL: its scheme, a host, no blank and no
    /// control character.
    ///
    /// The transport's own parser has the last word.
    private static func isURL(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count <= EngineLimits.urlBytesMax else { return false }
        guard unsafe hasPrefix(bytes, "http://") || hasPrefix(bytes, "https://") else {
            return false
        }
        for index in bytes.indices
        where unsafe bytes[index] <= UInt8(ascii: " ") || bytes[index] == 0x7F {
            return false
        }
        return true
    }

    private static func hasPrefix(_ bytes: UnsafeRawBufferPointer, _ prefix: StaticString) -> Bool {
        let count = prefix.utf8CodeUnitCount
        guard bytes.count > count else { return false }
        for index in 0..<count where unsafe bytes[index] | 0x20 != prefix.utf8Start[index] | 0x20 {
            return false
        }
        return true
    }

    /// Whether the bytes are one header line: no line break and no NUL, which would end it early or
    /// begin another (RFC 9110, section 5.5).
    private static func isHeaderLine(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count <= EngineLimits.headerLineBytesMax else { return false }
        for index in bytes.indices
        where unsafe bytes[index] == 0 || bytes[index] == 0x0A || bytes[index] == 0x0D {
            return false
        }
        return true
    }
}
