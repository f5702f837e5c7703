import Jinja

/// A request with memory of its own, for those who send few; the dispatcher has buffers.
///
/// To be kept until its completion was taken.
package final class StoredRequest {
    private var buffer = ByteBuffer()
    private var request = RenderedRequest()

    /// Copies the parts of a request; `nil` when the URL is no HTTP URL.
    ///
    /// - Parameters:
    ///   - url: Where it goes; `nil` when the target's own is meant.
    ///   - fieldValues: The values of the fields that the target names.
    ///   - body: Its body.
    package init?(url: String? = nil, fieldValues: [String] = [], body: [UInt8]) {
        if let url {
            buffer.append(url)
            guard let parsed = try? unsafe HTTPURL(buffer.bytes) else { return nil }
            request.url = parsed.parts
            request.hostHash = unsafe parsed.hostHash(in: buffer.bytes)
        }
        request.fieldsStart = buffer.count
        for value in fieldValues {
            let start = buffer.beginFieldValue()
            buffer.append(value)
            buffer.endFieldValue(start)
        }
        request.fieldCount = fieldValues.count
        request.bodyStart = buffer.count
        buffer.append(body)
        request.bodyCount = body.count
    }

    /// The request as a transport takes it, borrowed from this object.
    package func request(to target: TargetID) -> TransferRequest {
        request.request(target: target, in: buffer)
    }
}
