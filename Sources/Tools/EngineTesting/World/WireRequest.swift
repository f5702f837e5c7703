import Engine

/// A request as the transport got it, taken apart.
struct WireRequest {
    /// Bytes of a request with where they came from, to be looked at again when it is over.
    // SAFETY: the bytes are the flight's, which holds them until the transfer has ended.
    @safe
    private struct Piece {
        let source: UnsafeRawBufferPointer
        let bytes: [UInt8]

        init(_ source: UnsafeRawBufferPointer) {
            unsafe self.source = source
            bytes = unsafe Array(source)
        }

        var isUnchanged: Bool { unsafe source.elementsEqual(bytes) }
    }

    /// Its own URL; `nil` when the target's is meant.
    let url: String?
    /// The values of its fields.
    let fields: [[UInt8]]
    let body: [UInt8]
    private let pieces: [Piece]

    init(_ request: TransferRequest) {
        let body = unsafe Piece(request.body)
        var fields: [Piece] = []
        var rest = request.fields
        while let value = unsafe rest.next() { unsafe fields.append(Piece(value)) }
        var pieces = fields + [body]
        if let address = request.address {
            let authority = unsafe Piece(address.authority)
            let path = unsafe Piece(address.path)
            pieces += [authority, path]
            url =
                "\(address.scheme.prefix)"
                + String(decoding: authority.bytes + path.bytes, as: UTF8.self)
        } else {
            url = nil
        }
        self.fields = fields.map(\.bytes)
        self.body = body.bytes
        self.pieces = pieces
    }

    /// Whether the bytes are still where they were, and the same.
    var isUnchanged: Bool { pieces.allSatisfy(\.isUnchanged) }

    /// Whether no part is longer than what a dispatcher could have rendered.
    var isOfLikelySize: Bool {
        pieces.allSatisfy { $0.bytes.count <= EngineLimits.renderedBytesMax }
    }
}
