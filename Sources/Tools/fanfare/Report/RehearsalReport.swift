import Engine
import Foundation
import Histogram
import Pacing
import SendPlans
import Storage

/// What a rehearsal found.
struct RehearsalReport: Encodable {
    /// A recipient whose message cannot be rendered or sent.
    struct Failure: Codable, Equatable {
        var userID: String
        var reason: String
        var template: String?
        /// In the template.
        var line: Int?
        var message: String?
    }

    /// Sizes of rendered bodies in bytes.
    struct Sizes: Codable, Equatable {
        var p50: UInt64 = 0
        var p99: UInt64 = 0
        var max: UInt64 = 0
    }

    var recipients: UInt64 = 0
    var rendered: UInt64 = 0
    private(set) var failed: UInt64 = 0
    /// The first failures; `failed` counts all.
    private(set) var failures: [Failure] = []
    /// How many recipients a printed variable was undefined for.
    var missingVariables: [String: UInt64] = [:]
    private(set) var payloadBytes = Sizes()
    /// `nil` without a limit on the rate.
    private(set) var estimatedSeconds: Double?
    let duplicates: UInt64
    let rejected: UInt64

    private var sizes = Histogram<UInt64>(
        highestTrackableValue: UInt64(EngineLimits.bodyBytesMax),
        numberOfSignificantValueDigits: .three)

    private enum CodingKeys: String, CodingKey {
        case recipients, rendered, failed, failures, missingVariables, payloadBytes
        case estimatedSeconds, duplicates, rejected
    }

    init(campaign: LocalCampaign) {
        duplicates = UInt64(campaign.database.campaign.counts.duplicates)
        rejected = UInt64(campaign.database.campaign.counts.rejected)
    }

    mutating func addBody(byteCount: Int) {
        rendered += 1
        sizes.record(UInt64(byteCount))
    }

    mutating func addFailure(_ failure: @autoclosure () -> Failure) {
        failed += 1
        if failures.count < CommandLimits.rehearsalErrorsListed { failures.append(failure()) }
    }

    /// Closes the figures: sizes, and how long the sending would take at the rate.
    mutating func estimate(_ document: CampaignDocument) {
        if sizes.totalCount > 0 {
            payloadBytes = Sizes(
                p50: sizes.valueAtPercentile(50), p99: sizes.valueAtPercentile(99), max: sizes.max)
        }
        if let limit = try? document.rateLimit(), !limit.isUnlimited {
            estimatedSeconds = Double(rendered) / limit.perSecond
        }
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }

    /// The report for people.
    var table: String {
        var text = "rehearsal: nothing was sent\n"
        text += "  recipients     \(Figures.grouped(recipients))\n"
        text += "  rendered       \(Figures.grouped(rendered))\n"
        text += "  failed         \(Figures.grouped(failed))\n"
        if duplicates > 0 { text += "  duplicate rows \(Figures.grouped(duplicates))\n" }
        if rejected > 0 { text += "  rejected rows  \(Figures.grouped(rejected))\n" }
        text += "  payload        p50 \(Figures.bytes(payloadBytes.p50)), "
        text += "p99 \(Figures.bytes(payloadBytes.p99)), max \(Figures.bytes(payloadBytes.max))\n"
        if let estimatedSeconds {
            text += "  duration       \(Figures.duration(seconds: estimatedSeconds)) at the rate\n"
        } else {
            text += "  duration       not limited by a rate\n"
        }
        for (name, count) in missingVariables.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }
        ) {
            text +=
                "  undefined      \(name): printed empty for \(Figures.grouped(count)) recipients\n"
        }
        for failure in failures {
            text += "  \(failure.userID): \(failure.reason)"
            if let template = failure.template, let line = failure.line {
                text += " at \(template):\(line): \(failure.message ?? "")"
            }
            text += "\n"
        }
        let unlisted = failed - UInt64(failures.count)
        if unlisted > 0 { text += "  and \(Figures.grouped(unlisted)) more failures\n" }
        return text
    }
}
