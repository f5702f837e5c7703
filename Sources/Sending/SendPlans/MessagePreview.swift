package import Engine
package import Jinja

/// What one recipient would be sent, rendered the way a shard does.
package struct MessagePreview: Sendable {
    /// Nil when it is the same for everybody.
    package let url: String?
    /// The headers with templates of their own, in their order.
    package let headers: [(name: String, value: String)]
    /// The body as it would be sent; empty when the template puts out nothing.
    package let body: String
    /// Variables that were printed although they are missing.
    package let missing: [String]

    /// Why there is no message.
    package enum Refusal: Error {
        /// A template failed.
        case template(RenderFailure)
        /// What was rendered cannot be sent.
        case result(DeliveryReason)
    }

    /// Renders a message.
    ///
    /// - Parameters:
    ///   - message: The bound templates.
    ///   - slots: The recipient: the user id, then the columns.
    /// - Throws: `Refusal` where a shard would not send.
    package init(
        _ message: MessageTemplates, slots: inout SlotBuffer
    ) throws(Refusal) {
        var builder = AudiencePageBuilder()
        let columns = slots.count - 1
        let appended = unsafe slots.withSlots { slots in
            guard let base = slots.baseAddress else {
                preconditionFailure("a recipient has at least a user id")
            }
            return unsafe builder.append(base, count: slots.count)
        }
        guard case .added = appended else { throw .result(.messageTooLarge) }
        self = unsafe try builder.finish(columnCount: columns) { blob throws(Refusal) in
            guard let page = try? unsafe AudiencePage(checking: blob) else {
                preconditionFailure("a page that was just built cannot be read")
            }
            return try MessagePreview(message, page)
        }
    }

    private init(_ message: MessageTemplates, _ page: AudiencePage) throws(Refusal) {
        var renderer = MessageRenderer(reportsMissing: true)
        var buffer = ByteBuffer()
        let request: RenderedRequest
        do throws(RenderRefusal) {
            request = try renderer.render(
                message, recipientAt: 0, of: page, ordinal: Ordinal(page: PageIndex(0), index: 0),
                generation: 0, keyPrefix: nil, into: &buffer)
        } catch {
            if error.reason == .renderFailed, let failure = renderer.failure {
                throw .template(failure)
            }
            throw .result(error.reason)
        }
        let parts = request.parts(in: buffer)
        url = parts.url
        headers = Array(zip(message.headers.map(\.name), parts.fieldValues))
        body = String(decoding: parts.body, as: UTF8.self)
        var seen: Set<String> = []
        missing = renderer.missing.filter { seen.insert($0).inserted }
    }
}
