import ArgumentParser
import Engine
import Foundation
import Pacing
import SendPlans

/// What a campaign sends, and to where.
struct MessageOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The request body as a Jinja template.",
            discussion:
                "It sees each variable at top level and under `receiver`; `receiver.id` is the user id.",
            valueName: "file"))
    var template: String

    @Option(help: ArgumentHelp(TemplateFormat.help, valueName: "text|json"))
    var templateFormat = TemplateFormat.text.rawValue

    @Option(
        help: ArgumentHelp(
            "Where to send: an http or https URL, or a template of one.", valueName: "url"))
    var webhook: String

    @Option(
        help: ArgumentHelp(
            "A header of every request; its value may be a template. May be repeated.",
            valueName: "name: value"))
    var header: [String] = []

    @Option(help: ArgumentHelp("The Content-Type of every request.", valueName: "type"))
    var contentType = CampaignDefaults.contentType

    @Option(help: ArgumentHelp("The HTTP method.", valueName: "method"))
    var method = "POST"
}

/// How fast, how often and how safely a campaign sends.
struct DeliveryOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Sends at most: `500`, `500/s`, `90/m`, `0.5/s`, `unlimited`.", valueName: "n[/s|/m|/h]"
        ))
    var rate = "unlimited"

    @Option(
        help: ArgumentHelp(
            "Sends that may go at once after a quiet time. Default: 20 ms' worth of the rate, at least 1.",
            valueName: "n"))
    var burst: Int?

    @Option(
        help: ArgumentHelp(
            """
            Requests on the wire at once. Default: --connections, or \
            \(CampaignDefaults.manyHostsInFlight) where the URL's host is a template.
            """, valueName: "n"))
    var maxInFlight: Int?

    @Option(help: ArgumentHelp("Connections per host.", valueName: "n"))
    var connections = CampaignDefaults.connections

    @Option(help: ArgumentHelp("Dispatcher threads. Default: one per core.", valueName: "n"))
    var shards: Int?

    @Option(
        help: ArgumentHelp("How long a request may take: `500ms`, `10s`, `1m`.", valueName: "time"))
    var timeout = "10s"

    @Option(
        help: ArgumentHelp("Attempts per recipient, the first included (1 to 255).", valueName: "n")
    )
    var attempts = 5

    @Option(
        help: ArgumentHelp(
            """
            What happens to a request whose answer was lost: `at-least-once` sends it again with the \
            same key, `at-most-once` lists it as unknown.
            """, valueName: "guarantee"))
    var guarantee = DeliveryGuarantee.atLeastOnce.name

    @Flag(help: "Allow loopback, private and link-local addresses.")
    var allowPrivateNetworks = false

    @Option(help: .private)
    var transport = TransportKind.curl.rawValue
}

/// What a run shows and writes.
struct OutputOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Write the report as JSON.", valueName: "file.json"))
    var report: String?

    @Flag(help: "No progress and no table; errors only.")
    var quiet = false
}

extension CampaignDocument {
    /// Reads the options into a document.
    ///
    /// - Throws: `CommandFailure` naming the option and what was expected.
    init(_ message: MessageOptions, _ delivery: DeliveryOptions, seed: UInt64) throws {
        let template = try InputFile.text(
            message.template, option: "--template", bytesMax: CommandLimits.templateBytesMax)
        let connections = try Self.check(
            delivery.connections, 1...EngineLimits.flightsPerShardMax, "--connections")
        let maxInFlight = try Self.check(
            delivery.maxInFlight
                ?? Self.inFlightDefault(url: message.webhook, connections: connections),
            1...EngineLimits.flightsPerShardMax, "--max-in-flight")
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let shards = try Self.check(
            delivery.shards ?? min(cores, CommandLimits.shardsMax), 1...CommandLimits.shardsMax,
            "--shards")
        self.init(
            templateName: message.template, template: template,
            templateFormat: try Self.oneOf(
                message.templateFormat, TemplateFormat.allCases.map(\.rawValue),
                "--template-format"),
            url: message.webhook,
            method: try Self.method(message.method),
            headers: try Self.headers(message), rate: delivery.rate, burst: delivery.burst,
            maxInFlight: maxInFlight, connections: connections,
            // A shard without a connection would only hold pages back.
            shards: min(shards, connections, maxInFlight),
            timeoutMilliseconds: try Self.timeout(delivery.timeout),
            attempts: try Self.check(delivery.attempts, 1...255, "--attempts"),
            guarantee: try Self.oneOf(
                delivery.guarantee, DeliveryGuarantee.allCases.map(\.name), "--guarantee"),
            allowsPrivateNetworks: delivery.allowPrivateNetworks,
            transport: try Self.oneOf(
                delivery.transport, TransportKind.allCases.map(\.rawValue), "--transport"),
            seed: seed)
        do {
            let limit = try rateLimit()
            guard burst == nil || !limit.isUnlimited else {
                throw CommandFailure.usage("--burst: there is no --rate that it could go with")
            }
        } catch PacingError.burstOutOfRange(let burst, let rate) {
            throw CommandFailure.usage(
                "--burst: \(PacingError.burstOutOfRange(burst: burst, rate: rate))")
        } catch let error as PacingError {
            throw CommandFailure.usage("--rate: \(error)")
        }
    }

    /// How many requests may be on the wire when nobody says: one host has `connections` of them,
    /// and must not have all places where there are others.
    private static func inFlightDefault(url: String, connections: Int) -> Int {
        let authority = url.range(of: "://").map { url[$0.upperBound...] } ?? url[...]
        let isTemplate = authority.prefix { $0 != "/" && $0 != "?" }.contains("{")
        return isTemplate ? max(connections, CampaignDefaults.manyHostsInFlight) : connections
    }

    private static func check(
        _ value: Int, _ range: ClosedRange<Int>, _ option: String
    ) throws -> Int {
        guard range.contains(value) else {
            throw CommandFailure.usage(
                "\(option): \(value) is out of range; expected \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return value
    }

    private static func oneOf(
        _ value: String, _ known: [String], _ option: String
    ) throws -> String {
        guard known.contains(value) else {
            throw CommandFailure.usage(
                "\(option): “\(value)” is not known; expected \(known.joined(separator: " or "))")
        }
        return value
    }

    private static func timeout(_ text: String) throws -> Int {
        do {
            let duration = try DurationText(parsing: text)
            let milliseconds = Int(duration.milliseconds)
            return try check(milliseconds, CommandLimits.timeoutMilliseconds, "--timeout")
        } catch let error as PacingError {
            throw CommandFailure.usage("--timeout: \(error)")
        }
    }

    private static func method(_ text: String) throws -> String {
        try oneOf(text, CampaignDefaults.methods, "--method")
    }

    private static func headers(_ message: MessageOptions) throws -> [Header] {
        var headers = [Header(name: "Content-Type", value: message.contentType)]
        for line in message.header {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else {
                throw CommandFailure.usage(
                    "--header: “\(parts[0])” is not of the form 'Name: value'")
            }
            let header = Header(
                name: String(parts[0]), value: parts[1].trimmingCharacters(in: .whitespaces))
            do throws(CampaignMistake) {
                try header.check()
            } catch {
                throw CommandFailure(error)
            }
            if header.name.lowercased() == "content-type" {
                headers.removeAll { $0.name.lowercased() == "content-type" }
            }
            headers.append(header)
        }
        guard headers.count <= EngineLimits.templatedHeadersMax else {
            throw CommandFailure.usage(
                "--header: at most \(EngineLimits.templatedHeadersMax - 1) headers are allowed")
        }
        return headers
    }
}
