import Engine

extension CampaignDocument.Header {
    /// Checks that the header may stand beside what is sent anyway.
    ///
    /// - Throws: `CampaignMistake` of the field `header`.
    package func check() throws(CampaignMistake) {
        guard !name.isEmpty, name.utf8.allSatisfy(Self.isTokenByte) else {
            throw mistake("“\(name)” is no header name of the form 'Name: value'")
        }
        guard name.lowercased() != IdempotencyKey.headerName else {
            throw mistake("\(IdempotencyKey.headerName) carries the idempotency key")
        }
        guard value.contains(where: { !$0.isWhitespace }) else {
            throw mistake("\(name) has no value")
        }
        guard !Self.framing.contains(name.lowercased()) else {
            throw mistake("\(name) is set by what is sent")
        }
    }

    private func mistake(_ message: String) -> CampaignMistake {
        CampaignMistake(.header(name), message)
    }

    /// They say where a request ends: a wrong one lets the receiver read a body as another request.
    private static let framing: Set = [
        "content-length", "transfer-encoding", "te", "trailer", "upgrade",
    ]

    /// RFC 9110, section 5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
