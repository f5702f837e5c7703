package import Jinja

extension RenderedRequest {
    /// The request's parts as texts, for people to look at.
    package struct Texts: Sendable {
        /// Nil when the target's own URL is meant.
        package let url: String?
        /// `Name: value`, the idempotency key first.
        package let headerLines: [String]
        package let body: String
    }

    /// Copies the parts out of the buffer that they were rendered into.
    package func texts(in buffer: borrowing ByteBuffer) -> Texts {
        let bytes = unsafe buffer.bytes
        func text(_ range: Range<Int>) -> String {
            unsafe String(decoding: bytes[range], as: UTF8.self)
        }
        var lines: [String] = []
        var start = headersStart
        for index in headersStart..<bodyStart where unsafe bytes[index] == 0 {
            lines.append(text(start..<index))
            start = index + 1
        }
        return Texts(
            url: headersStart == 0 ? nil : text(0..<headersStart - 1), headerLines: lines,
            body: text(bodyStart..<bodyStart + bodyCount))
    }
}
