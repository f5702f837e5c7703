import Engine

/// A request as the transport got it, taken apart to see whether it is whole.
@safe
struct WireRequest {
    /// What is wrong with a request.
    struct Malformed: Error {
        let text: String
    }

    /// All its bytes, from the URL or the first header line to the end of the body.
    let bytes: [UInt8]
    /// Its own URL; `nil` when the target's is meant.
    let url: String?
    let headerLines: [ArraySlice<UInt8>]
    let body: ArraySlice<UInt8>
    /// Where the bytes came from, to be looked at again when the request is over.
    private let source: UnsafeRawBufferPointer

    init(_ request: TransferRequest, headerLineCount: Int) throws(Malformed) {
        guard let lines = unsafe request.headerLines, let body = unsafe request.body.baseAddress
        else {
            throw Malformed(text: "a request without header lines or body")
        }
        let start =
            unsafe request.url.map { unsafe UnsafeRawPointer($0) } ?? UnsafeRawPointer(lines)
        let end = unsafe body + request.body.count
        guard unsafe end > start, unsafe end - start < 1 << 21,
            unsafe UnsafeRawPointer(lines) < body
        else {
            throw Malformed(text: "a request whose parts are not one behind the other")
        }
        unsafe source = unsafe UnsafeRawBufferPointer(start: start, count: end - start)
        bytes = unsafe Array(source)
        var cursor = 0
        if unsafe request.url == nil {
            url = nil
        } else {
            url = String(decoding: try Self.part(bytes, &cursor), as: UTF8.self)
        }
        guard unsafe start + cursor == UnsafeRawPointer(lines) else {
            throw Malformed(text: "a URL that is not followed by the header lines")
        }
        var headerLines: [ArraySlice<UInt8>] = []
        for _ in 0..<headerLineCount { headerLines.append(try Self.part(bytes, &cursor)) }
        guard unsafe start + cursor == body else {
            throw Malformed(text: "other header lines than the target announced")
        }
        self.headerLines = headerLines
        self.body = bytes[cursor...]
    }

    /// The bytes up to the next NUL; the cursor moves behind it.
    private static func part(
        _ bytes: [UInt8], _ cursor: inout Int
    ) throws(Malformed) -> ArraySlice<UInt8> {
        let start = cursor
        while cursor < bytes.count {
            cursor += 1
            if bytes[cursor - 1] == 0 { return bytes[start..<cursor - 1] }
        }
        throw Malformed(text: "a part of a request without its NUL")
    }

    /// Whether the bytes are still where they were, and the same.
    var isUnchanged: Bool { unsafe source.elementsEqual(bytes) }
}
