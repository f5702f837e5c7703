import ControlDirectory
import ControlMessages
import Crypto
import Engine
import Foundation
import JSON
import Jinja
import Providers
import SendPlans
import Storage

/// One recipient's request as it was, or will be, sent.
struct RenderedMessage {
    private let url: String
    private let headers: [String: String]
    private let body: [UInt8]

    /// Headers that are shown whoever has set them, beside the one with the idempotency key.
    private static let shown: Set = ["content-type", "user-agent"]

    /// Renders a recipient of a snapshot.
    ///
    /// - Parameters:
    ///   - snapshot: The campaign's.
    ///   - page: The recipient's.
    ///   - ordinal: The recipient's.
    ///   - ownHeaders: What the template's own headers are called, in lower case. Others are the
    ///     provider's, which may be secrets, and are masked.
    /// - Throws: `Problem` of `validationFailed` when the message cannot be rendered.
    init(
        _ snapshot: CampaignDatabase, _ page: StoredPage, _ ordinal: Ordinal,
        ownHeaders: Set<String>
    ) throws {
        let (document, templates, message) = try CampaignLauncher.message(snapshot)
        let keyName = document.provider.keyFieldName
        var renderer = MessageRenderer()
        var buffer = ByteBuffer()
        let request: RenderedRequest
        do throws(RenderRefusal) {
            request = try renderer.render(
                message, recipientAt: ordinal.index, of: try Self.audience(page), ordinal: ordinal,
                generation: page.records[ordinal.index].generation,
                keyPrefix: keyName.map { _ in
                    IdempotencyKey.prefix(campaign: snapshot.campaign.id)
                }, into: &buffer)
        } catch {
            let detail = renderer.failure.map { ": \($0.message) at line \($0.line)" } ?? ""
            throw Problem(
                .validationFailed, "there is no message: \(error.reason.label(code: 0))\(detail)")
        }
        let parts = request.parts(in: buffer)
        url = parts.url ?? document.url
        body = parts.body
        var headers: [String: String] = [:]
        let names = (keyName.map { [$0] } ?? []) + message.headers.map(\.name)
        let rendered = zip(names, parts.fieldValues).map { HeaderField($0, $1) }
        for field in templates.fixedFields + rendered {
            let name = field.name.lowercased()
            headers[field.name] =
                ownHeaders.contains(name) || Self.shown.contains(name) || name == keyName
                ? field.value.trimmingCharacters(in: .whitespaces) : ProviderSettings.mask
        }
        self.headers = headers
    }

    private static func audience(_ page: StoredPage) throws(RenderRefusal) -> AudiencePage {
        do {
            return try page.audience()
        } catch {
            throw RenderRefusal(reason: .renderFailed)
        }
    }

    func json(_ id: String) -> JSONValue {
        let digest = SHA256.hash(data: Data(body))
        return [
            "id": .string(id), "url": .string(url),
            "headers": .object(headers.mapValues { .string($0) }),
            "body": .string(String(decoding: body, as: UTF8.self)),
            "content_id": .string(digest.map { String(format: "%02x", $0) }.joined()),
        ]
    }
}
