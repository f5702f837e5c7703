package import Jinja

extension RenderedRequest {
    /// The parts of a rendered request as values, for views.
    package struct Parts: Sendable {
        /// Nil when the target's own is meant.
        package let url: String?
        package let headerLines: [String]
        package let body: [UInt8]
    }

    /// Copies the parts out of the buffer that the request was rendered into.
    package func parts(in buffer: borrowing ByteBuffer) -> Parts {
        let bytes = unsafe Array(buffer.bytes)
        func texts(_ range: Range<Int>) -> [String] {
            bytes[range].split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        }
        return Parts(
            url: texts(0..<headersStart).first, headerLines: texts(headersStart..<bodyStart),
            body: Array(bytes[bodyStart..<bodyStart + bodyCount]))
    }
}
