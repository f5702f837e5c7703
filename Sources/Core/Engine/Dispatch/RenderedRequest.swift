package import Jinja

/// Where a rendered request lies in its flight's buffer: the URL when it has one of its own, the
/// inputs of its provider, the values of header fields, the body, and then what the provider added.
package struct RenderedRequest: BitwiseCopyable {
    /// The parts of the URL, which begins at offset 0; `nil` when the target's own is meant.
    var url: URLParts?
    /// The host of the request's own URL.
    var hostHash: UInt64?
    var inputsStart = 0
    var inputCount = 0
    var fieldsStart = 0
    var fieldCount = 0
    var bodyStart = 0
    /// Bytes of the body.
    package var bodyCount = 0
    /// The values that the provider added.
    var addedStart = 0
    var addedCount = 0

    /// The request's own address, given where the buffer begins.
    @unsafe
    @inline(__always)
    func address(at start: UnsafeRawPointer) -> RequestAddress? {
        guard let url else { return nil }
        return unsafe RequestAddress(url: start, parts: url, hostHash: hostHash ?? 0)
    }

    /// The request as the transport takes it, borrowed from the buffer.
    @inline(__always)
    func request(target: TargetID, in buffer: borrowing ByteBuffer) -> TransferRequest {
        let start = unsafe UnsafeRawPointer(buffer.start)
        return unsafe TransferRequest(
            target: target, address: address(at: start),
            fields: FieldValues(
                start: start + fieldsStart, count: fieldCount, moreStart: start + addedStart,
                moreCount: addedCount),
            body: UnsafeRawBufferPointer(start: start + bodyStart, count: bodyCount))
    }
}

extension RenderedRequest {
    /// The parts of a rendered request as values, for people to look at.
    package struct Parts: Sendable {
        /// Nil when the target's own is meant.
        package let url: String?
        /// The idempotency key if the request has a field for it, then those of the message's own
        /// headers.
        package let fieldValues: [String]
        package let body: [UInt8]
    }

    /// Copies the parts out of the buffer that the request was rendered into.
    package func parts(in buffer: borrowing ByteBuffer) -> Parts {
        let bytes = unsafe buffer.bytes
        func text(_ bytes: UnsafeRawBufferPointer) -> String {
            unsafe String(decoding: bytes, as: UTF8.self)
        }
        var values: [String] = []
        var fields = unsafe FieldValues(
            start: buffer.start + fieldsStart, count: fieldCount)
        while let value = unsafe fields.next() { unsafe values.append(text(value)) }
        return unsafe Parts(
            url: url == nil
                ? nil : text(UnsafeRawBufferPointer(rebasing: bytes[..<inputsStart])),
            fieldValues: values, body: Array(bytes[bodyStart..<bodyStart + bodyCount]))
    }
}
