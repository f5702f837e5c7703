import Engine
import Providers

extension CampaignDocument.Header {
    /// Checks that the header may stand beside what is sent anyway.
    ///
    /// - Throws: `CampaignMistake` of the field `header`.
    package func check() throws(CampaignMistake) {
        guard HeaderField.isName(name.utf8) else {
            throw mistake("“\(name)” is no header name of the form 'Name: value'")
        }
        let keyName = ProviderKind.standard.keyFieldName
        guard name.lowercased() != keyName else {
            throw mistake("\(name.lowercased()) carries the idempotency key")
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
}
