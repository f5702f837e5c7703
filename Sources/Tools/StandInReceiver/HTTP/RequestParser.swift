// An incremental parser of HTTP/1 requests (RFC 9112).
//
//     requestLine ──▶ headers ──▶ body ────────────────────────▶ requestLine
//                        │  └───▶ chunkSize ⇄ chunkData, chunkEnd
//                        │            └──▶ trailers ───────────▶ requestLine
//                        └ any ──▶ failed
//
// 1. The unit is the line. A line that is wholly in the input is looked at in place; only one that
//    is cut by the end of the input is copied, to `partialLine`, and completed there. So the
//    outcome does not depend on how the input is cut, each byte is looked at once, and a request
//    that arrives in one piece is not copied at all.
// 2. Bodies are counted, not kept.
// 3. A failure is final: the connection has to be closed, as nobody knows where the next request
//    begins.
//
// Strict where leniency hides a client's bug or lets two readers of one stream disagree: no Host in
// HTTP/1.1, folded headers, control characters, two lengths, a length beside chunks. Lenient as RFC
// 9112 suggests: a bare LF ends a line, and empty lines before a request are skipped.

/// Reads requests of one connection from pieces of any size.
struct RequestParser {
    enum Event: Equatable {
        /// The input is used up.
        case needsMore
        /// The client waits for a 100 before it sends the body.
        case awaitsContinue
        /// A request has been read to its end.
        case request(RequestHead)
        /// The input is no acceptable request; every further call says the same.
        case failed(RequestFailure)
    }

    enum Phase: Equatable {
        case requestLine, headers, body, chunkSize, chunkData, chunkEnd, trailers
        case failed(RequestFailure)
    }

    /// The header that carries the key, in lower case.
    let keyHeader: [UInt8]
    var phase = Phase.requestLine
    var head = RequestHead()
    var fields = HeaderFields()
    /// The beginning of a line whose end has not come yet.
    private var partialLine: [UInt8] = []
    /// Bytes of the section's lines so far, against the section's limit.
    private var sectionBytes = 0
    /// Bytes of the body, or of the chunk, that are still to come.
    var remaining = 0
    /// Bytes of chunks so far.
    var bodyBytes = 0

    /// A parser at the beginning of a connection.
    ///
    /// - Parameter keyHeader: The name of the header that carries the key, in lower case.
    init(keyHeader: [UInt8]) { self.keyHeader = keyHeader }

    /// Reads on, to the next event.
    ///
    /// - Parameters:
    ///   - bytes: The input; the same in each call until `needsMore` has come.
    ///   - offset: How much of it has been read; moved on.
    /// - Returns: What was found.
    mutating func next(_ bytes: Span<UInt8>, from offset: inout Int) -> Event {
        unsafe bytes.withUnsafeBufferPointer { unsafe advance($0, &offset) }
    }

    private mutating func advance(_ bytes: UnsafeBufferPointer<UInt8>, _ offset: inout Int) -> Event
    {
        while true {
            do throws(RequestFailure) {
                switch phase {
                case .failed(let failure): return .failed(failure)
                case .body, .chunkData:
                    let taken = min(remaining, bytes.count - offset)
                    offset += taken
                    remaining -= taken
                    if remaining > 0 { return .needsMore }
                    if phase == .body { return finish() }
                    phase = .chunkEnd
                case .requestLine, .headers, .chunkSize, .chunkEnd, .trailers:
                    switch try unsafe takeLine(bytes, &offset) {
                    case .isIncomplete: return .needsMore
                    case .goesOn: break
                    case .awaitsContinue: return .awaitsContinue
                    case .endsRequest: return finish()
                    }
                }
            } catch {
                phase = .failed(error)
                partialLine = []
            }
        }
    }

    /// What a line has led to.
    enum LineOutcome {
        case isIncomplete, goesOn, awaitsContinue, endsRequest
    }

    private mutating func takeLine(
        _ bytes: UnsafeBufferPointer<UInt8>, _ offset: inout Int
    ) throws(RequestFailure) -> LineOutcome {
        let start = offset
        guard start < bytes.count else { return .isIncomplete }
        if phase == .requestLine, partialLine.isEmpty {
            // Tells a client that speaks another protocol (TLS, say) at its first byte.
            try unsafe checkFirstByte(bytes[start])
        }
        let end = unsafe bytes.firstIndexOfLineFeed(from: start)
        offset = end.map { $0 + 1 } ?? bytes.count
        try countSection(offset - start)
        guard let end else {
            unsafe partialLine.append(contentsOf: bytes[start...])
            return .isIncomplete
        }
        if partialLine.isEmpty {
            return try unsafe handle(UnsafeBufferPointer(rebasing: bytes[start..<end]))
        }
        // Taken out for the time of the call, which changes `self`; its memory is used again.
        var line: [UInt8] = []
        swap(&line, &partialLine)
        unsafe line.append(contentsOf: bytes[start..<end])
        let outcome = try unsafe line.withUnsafeBufferPointer { line throws(RequestFailure) in
            try unsafe handle(line)
        }
        line.removeAll(keepingCapacity: true)
        swap(&line, &partialLine)
        return outcome
    }

    private func checkFirstByte(_ byte: UInt8) throws(RequestFailure) {
        let isLetter = (byte | 0x20) >= UInt8(ascii: "a") && (byte | 0x20) <= UInt8(ascii: "z")
        guard isLetter || byte == 13 || byte == 10 else { throw .malformed }
    }

    private mutating func countSection(_ count: Int) throws(RequestFailure) {
        sectionBytes += count
        if phase == .requestLine || phase == .headers {
            guard sectionBytes <= SinkLimits.headBytesMax else { throw .headTooLarge }
        } else {
            guard sectionBytes <= SinkLimits.chunkLineBytesMax else { throw .malformed }
        }
    }

    /// Goes to another section of lines, whose bytes count anew.
    mutating func begin(_ next: Phase) {
        phase = next
        sectionBytes = 0
    }

    private mutating func finish() -> Event {
        let finished = head
        head = RequestHead()
        fields = HeaderFields()
        bodyBytes = 0
        begin(.requestLine)
        return .request(finished)
    }
}
