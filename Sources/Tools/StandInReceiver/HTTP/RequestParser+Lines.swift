/// What the headers of a request say about its body and its connection.
struct HeaderFields: Equatable, BitwiseCopyable {
    var hasHost = false
    var contentLength: Int?
    var isChunked = false
    var expectsContinue = false
    var asksClose = false
    var asksKeepAlive = false
}

// The lines of a request: see RequestParser.swift.
extension RequestParser {
    /// Acts on one complete line.
    ///
    /// - Parameter bytes: The line without its LF.
    /// - Returns: What it leads to; never `isIncomplete`.
    /// - Throws: Why the request is refused.
    mutating func handle(
        _ bytes: UnsafeBufferPointer<UInt8>
    ) throws(RequestFailure) -> LineOutcome {
        let line = unsafe bytes.last == 13 ? UnsafeBufferPointer(rebasing: bytes.dropLast()) : bytes
        guard unsafe !line.hasControlCharacter else { throw .malformed }
        switch phase {
        case .requestLine:
            if line.isEmpty { return .goesOn }
            try unsafe readRequestLine(line)
            phase = .headers
        case .headers:
            if line.isEmpty { return try endHeaders() }
            try unsafe readHeader(line)
        case .chunkSize: try unsafe readChunkSize(line)
        case .chunkEnd:
            guard line.isEmpty else { throw .malformed }
            begin(.chunkSize)
        case .trailers:
            if line.isEmpty { return .endsRequest }
        case .body, .chunkData, .failed:
            preconditionFailure("A line was read in a phase that has none.")
        }
        return .goesOn
    }

    private mutating func readRequestLine(
        _ line: UnsafeBufferPointer<UInt8>
    ) throws(RequestFailure) {
        guard let first = unsafe line.firstIndex(of: 0x20),
            let last = unsafe line.lastIndex(of: 0x20), last > first + 1
        else { throw .malformed }
        let method = unsafe UnsafeBufferPointer(rebasing: line[..<first])
        let target = unsafe UnsafeBufferPointer(rebasing: line[(first + 1)..<last])
        let version = unsafe UnsafeBufferPointer(rebasing: line[(last + 1)...])
        guard unsafe target.firstIndex(of: 0x20) == nil, version.count == 8,
            unsafe version.starts(with: "HTTP/".utf8), unsafe version[6] == UInt8(ascii: "."),
            unsafe version[5].isDigit, unsafe version[7].isDigit
        else { throw .malformed }
        guard unsafe version[5] == UInt8(ascii: "1") else { throw .unknownVersion }
        head.isHTTP10 = unsafe version[7] == UInt8(ascii: "0")
        head.method =
            if unsafe method.equals("POST") { .post } else if unsafe method.equals("GET") {
                .get
            } else {
                .other
            }
        head.route = unsafe Self.route(target)
    }

    private static func route(_ target: UnsafeBufferPointer<UInt8>) -> RequestHead.Route {
        // Nearly always a provider's path: decided by its second byte.
        guard target.count > 1, unsafe target[1] == UInt8(ascii: "_"),
            unsafe target.starts(with: "/_sink/".utf8)
        else { return .provider }
        let end = unsafe target.firstIndex(of: UInt8(ascii: "?")) ?? target.count
        let path = unsafe UnsafeBufferPointer(rebasing: target[..<end])
        if unsafe path.equals("/_sink/stats") { return .statistics }
        if unsafe path.equals("/_sink/reset") { return .statisticsReset }
        return .unknownControl
    }

    private mutating func readHeader(
        _ line: UnsafeBufferPointer<UInt8>
    ) throws(RequestFailure) {
        guard let colon = unsafe line.firstIndex(of: UInt8(ascii: ":")), colon > 0 else {
            throw .malformed
        }
        let name = unsafe UnsafeBufferPointer(rebasing: line[..<colon])
        // A folded line begins with a blank, and a blank before the colon has smuggled requests.
        guard unsafe !name.contains(where: { $0 == 0x20 || $0 == 9 }) else { throw .malformed }
        let value = unsafe UnsafeBufferPointer(rebasing: line[(colon + 1)...]).trimmed
        if unsafe head.key == nil && name.equals(lowercase: keyHeader) {
            if !value.isEmpty { head.key = unsafe KeyDigest(value) }
            return
        }
        switch name.count {
        case 4 where unsafe name.equals(lowercase: "host"): fields.hasHost = true
        case 6 where unsafe name.equals(lowercase: "expect"):
            if unsafe value.equals(lowercase: "100-continue") { fields.expectsContinue = true }
        case 10 where unsafe name.equals(lowercase: "connection"):
            if unsafe value.hasElement("close") { fields.asksClose = true }
            if unsafe value.hasElement("keep-alive") { fields.asksKeepAlive = true }
        case 14 where unsafe name.equals(lowercase: "content-length"):
            try unsafe readContentLength(value)
        case 17 where unsafe name.equals(lowercase: "transfer-encoding"):
            guard unsafe value.equals(lowercase: "chunked"), !fields.isChunked else {
                throw .unknownCoding
            }
            fields.isChunked = true
        default: break
        }
    }

    private mutating func readContentLength(
        _ value: UnsafeBufferPointer<UInt8>
    ) throws(RequestFailure) {
        // 18 digits fit an Int; what is longer without leading zeros is too large in any case.
        guard !value.isEmpty, unsafe value.allSatisfy(\.isDigit), value.count <= 18 else {
            throw .malformed
        }
        let length = unsafe value.reduce(0) { $0 * 10 + Int($1 & 0x0F) }
        guard fields.contentLength == nil || fields.contentLength == length else {
            throw .malformed
        }
        fields.contentLength = length
    }

    private mutating func endHeaders() throws(RequestFailure) -> LineOutcome {
        guard fields.hasHost || head.isHTTP10 else { throw .malformed }
        head.keepsAlive = !fields.asksClose && (!head.isHTTP10 || fields.asksKeepAlive)
        if fields.isChunked {
            guard fields.contentLength == nil, !head.isHTTP10 else { throw .malformed }
            begin(.chunkSize)
        } else {
            let length = fields.contentLength ?? 0
            guard length <= SinkLimits.bodyBytesMax else { throw .bodyTooLarge }
            if length == 0 { return .endsRequest }
            remaining = length
            begin(.body)
        }
        return fields.expectsContinue && !head.isHTTP10 ? .awaitsContinue : .goesOn
    }

    private mutating func readChunkSize(
        _ line: UnsafeBufferPointer<UInt8>
    ) throws(RequestFailure) {
        let end = unsafe line.firstIndex(of: UInt8(ascii: ";")) ?? line.count
        let digits = unsafe UnsafeBufferPointer(rebasing: line[..<end]).trimmed
        guard !digits.isEmpty, digits.count <= 15 else { throw .malformed }
        var size = 0
        for index in digits.indices {
            guard let value = unsafe digits[index].hexValue else { throw .malformed }
            size = size << 4 | value
        }
        if size == 0 { return begin(.trailers) }
        guard size <= SinkLimits.bodyBytesMax - bodyBytes else { throw .bodyTooLarge }
        bodyBytes += size
        remaining = size
        begin(.chunkData)
    }
}
