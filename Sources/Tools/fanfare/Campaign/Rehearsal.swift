import Audience
import Engine
import Foundation
import Glibc
import Histogram
import Jinja
import Pacing
import SendPlans
import Storage

/// Renders a whole audience and sends nothing.
///
/// Pages are rendered as they come out of the import, so nothing is kept.
struct Rehearsal {
    let document: CampaignDocument
    let templates: CampaignTemplates
    let source: AudienceSource
    let output: OutputOptions
    let reportFile: ReportFile?

    func run() throws {
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("fanfare-rehearsal-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let interrupt = InterruptFlag()
        defer { interrupt.close() }
        // The list of rejects outlives the rehearsal, if there is something in it.
        let rejectsPath = "\(directory)-rejects.csv"
        var source = source
        source.rejectsPath = rejectsPath
        let id = CampaignID(high: 0, low: 0)
        let campaign = try LocalCampaign.create(
            at: "\(directory)/state", id: id, document: document, importing: source,
            quiet: output.quiet)
        defer { try? campaign.close() }
        if campaign.database.campaign.counts.rejected == 0 { unsafe unlink(rejectsPath) }
        let message = try templates.bind(to: campaign.columns)
        var result = RehearsalReport(campaign: campaign)
        var renderer = RehearsalRenderer(message: message, columns: campaign.columns, id: id)
        var scan = try campaign.database.scan(includingRecipients: true)
        while let page = try scan.next() {
            if interrupt.isSet { throw CommandFailure.other("interrupted") }
            let audience = try unsafe AudiencePage(checking: page.recipients)
            for index in 0..<page.count
            where unsafe page.records?[index].status != .duplicate {
                renderer.render(
                    audience, index, Ordinal(page: page.page, index: index), into: &result)
            }
        }
        result.estimate(document)
        try publish(result)
    }

    private func publish(_ result: RehearsalReport) throws {
        try reportFile?.write(result.json())
        if !output.quiet { Terminal.note(result.table) }
        if result.failed > 0 { throw CommandFailure.incomplete }
    }
}
