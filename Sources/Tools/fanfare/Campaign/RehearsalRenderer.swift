import Engine
import Jinja

/// Renders recipients the way a shard does, and notes what a shard would not.
struct RehearsalRenderer: ~Copyable {
    private let message: MessageTemplates
    private let keyPrefix: [UInt8]
    private var renderer = MessageRenderer(reportsMissing: true)
    private var buffer = ByteBuffer()

    init(message: MessageTemplates, columns: ColumnTable, id: CampaignID) {
        self.message = message
        keyPrefix = IdempotencyKey.prefix(campaign: id)
    }

    mutating func render(
        _ audience: AudiencePage, _ index: Int, _ ordinal: Ordinal,
        into report: inout RehearsalReport
    ) {
        report.recipients += 1
        do throws(RenderRefusal) {
            let request = try renderer.render(
                message, recipientAt: index, of: audience, ordinal: ordinal, generation: 0,
                keyPrefix: keyPrefix, into: &buffer)
            report.addBody(byteCount: request.bodyCount)
            for name in Set(renderer.missing) { report.missingVariables[name, default: 0] += 1 }
        } catch {
            let isTemplate = error.reason == .renderFailed
            let userID = unsafe String(decoding: audience.userID(at: index), as: UTF8.self)
            report.addFailure(
                RehearsalReport.Failure(
                    userID: userID, reason: error.reason.label(code: 0),
                    template: isTemplate ? renderer.failure?.template : nil,
                    line: isTemplate ? renderer.failure?.line : nil,
                    message: isTemplate ? renderer.failure?.message : nil))
        }
    }
}
