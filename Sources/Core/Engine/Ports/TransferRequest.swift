/// One request as borrowed bytes in the flight's own buffer, part by part.
///
/// How the parts look on the wire is the transport's business.
// SAFETY: borrowed from the flight's buffer, which does not change until the transport has given
// the flight back.
@safe
package struct TransferRequest {
    /// Whose method, header fields and limits hold.
    package var target: TargetID
    /// Where it goes; `nil` when the target's own URL is meant.
    package var address: RequestAddress?
    /// The values of the fields that the target's `requestFieldNames` names, as many and in their
    /// order.
    ///
    /// A field whose value is empty is left out.
    package var fields: FieldValues
    /// The body, of any bytes.
    package var body: UnsafeRawBufferPointer

    /// Joins the parts.
    @inlinable
    package init(
        target: TargetID, address: RequestAddress?, fields: FieldValues,
        body: UnsafeRawBufferPointer
    ) {
        self.target = target
        self.address = address
        self.fields = fields
        unsafe self.body = body
    }
}

/// Where a request goes, as borrowed bytes: an HTTP URL in its parts.
// SAFETY: borrowed from the flight's buffer, likewise.
@safe
package struct RequestAddress: BitwiseCopyable {
    /// `http` or `https`.
    package var scheme: URLScheme
    /// Host and port, without blanks and control characters; a transport refuses what names no
    /// host, or a user.
    package var authority: UnsafeRawBufferPointer
    /// Path and query.
    ///
    /// It begins with `/`, or with `?` or not at all when the path is empty, which stands for `/`.
    package var path: UnsafeRawBufferPointer
    /// The identity of the host, as limits and gates have it.
    package var hostHash: UInt64

    /// Takes the parts of a URL where they lie.
    ///
    /// - Parameters:
    ///   - url: The URL's text.
    ///   - parts: Where its parts lie.
    ///   - hostHash: The identity of its host.
    @unsafe
    package init(url: UnsafeRawPointer, parts: URLParts, hostHash: UInt64) {
        scheme = parts.scheme
        unsafe authority = UnsafeRawBufferPointer(
            start: url + parts.authorityStart, count: parts.authorityEnd - parts.authorityStart)
        unsafe path = UnsafeRawBufferPointer(
            start: url + parts.authorityEnd, count: parts.pathEnd - parts.authorityEnd)
        self.hostHash = hostHash
    }
}
