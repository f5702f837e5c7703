package import ControlDirectory
import JSON

/// How an export is written.
package enum ExportFormat: String, CaseIterable, Sendable {
    /// A header and a line per delivery (RFC 4180).
    case csv
    /// A JSON object per line.
    case jsonl

    /// The `Content-Type` of an export in this format.
    package var mediaType: String {
        switch self {
        case .csv: "text/csv; charset=utf-8; header=present"
        case .jsonl: "application/jsonl"
        }
    }
}

// All deliveries of a campaign as one file, while it runs too: each page as it is when it is read.
//
// Who opens a CSV file in a spreadsheet runs what begins with = + - or @ as a formula, and user ids
// come from elsewhere. So in CSV a text that begins so, or with a tab or a carriage return, gets an
// apostrophe in front, which spreadsheets hide. Programs that need every id exactly as it is read
// JSON Lines, which changes nothing.

/// A campaign's deliveries, read page by page as fast as they are taken.
package struct DeliveryExport: Sendable {
    /// Of the file.
    package let name: String
    let format: ExportFormat
    let filter: DeliveryFilter
    /// Nil for a campaign without a snapshot, which has no deliveries.
    let reader: DeliveryReader?

    /// The page that is read next; nil before the header.
    private var page: Int?

    init(
        name: String, format: ExportFormat, filter: DeliveryFilter, reader: DeliveryReader?
    ) {
        self.name = name
        self.format = format
        self.filter = filter
        self.reader = reader
    }

    /// Pages that one call looks through in vain before others get their turn.
    private static let pagesPerCall = 64

    /// The next piece, which may be empty; nil after the last.
    package mutating func next() async throws -> [UInt8]? {
        guard let first = page else {
            page = 0
            return format == .csv
                ? Array("\(DeliveryView.names.joined(separator: ","))\r\n".utf8) : []
        }
        guard let reader, first < reader.pageCount else { return nil }
        let (piece, next) = try await BlockingQueue.run { [self] in
            defer { reader.handOver() }
            var out: [UInt8] = []
            var index = first
            while out.isEmpty, index < min(first + Self.pagesPerCall, reader.pageCount) {
                for view in try reader.deliveries(ofPage: index, where: filter.mayMatch)
                where filter.matches(view) { append(view, to: &out) }
                index += 1
            }
            return (out, index)
        }
        page = next
        return piece
    }

    private func append(_ delivery: DeliveryView, to out: inout [UInt8]) {
        switch format {
        case .jsonl: out.append(contentsOf: "\(delivery.json.encoded)\n".utf8)
        case .csv:
            for (index, value) in delivery.values.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                Self.append(cell: value, to: &out)
            }
            out.append(contentsOf: "\r\n".utf8)
        }
    }

    private static func append(cell value: JSONValue, to out: inout [UInt8]) {
        guard case .string(let text) = value else {
            if !value.isNull { out.append(contentsOf: value.encoded.utf8) }
            return
        }
        let isFormula = text.utf8.first.map { "=+-@\t\r".utf8.contains($0) } ?? false
        let isPlain = !text.utf8.contains { "\",\r\n".utf8.contains($0) }
        if isPlain {
            if isFormula { out.append(UInt8(ascii: "'")) }
            return out.append(contentsOf: text.utf8)
        }
        out.append(UInt8(ascii: "\""))
        if isFormula { out.append(UInt8(ascii: "'")) }
        out.append(contentsOf: text.replacing("\"", with: "\"\"").utf8)
        out.append(UInt8(ascii: "\""))
    }
}

extension Deliveries {
    /// Opens an export of a campaign's deliveries, by status and reason.
    package func export(
        _ caller: Caller, campaign id: String, _ format: ExportFormat, status: String?,
        reason: String?
    ) async throws -> DeliveryExport {
        let record = try await database.read { db in
            try CampaignRecord.find(id, app: caller.app, db)
        }
        let reader = try await BlockingQueue.run { [self] () throws -> DeliveryReader? in
            let opened = try self.reader(of: record)
            opened?.handOver()
            return opened
        }
        return DeliveryExport(
            // A colon is a letter of ids and of no file name everywhere.
            name: "\(id.replacing(":", with: "_"))-deliveries.\(format.rawValue)", format: format,
            filter: DeliveryFilter(status: status, reason: reason), reader: reader)
    }
}
