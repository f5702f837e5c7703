import Engine
import Foundation

/// Writes outcomes to standard output as CSV or JSON Lines, a bounded buffer at a time.
struct OutcomeWriter {
    enum Format: String {
        case csv
        case jsonl
    }

    private let format: Format
    private let campaign: CampaignID
    private var buffer: [UInt8] = []
    /// Whether standard output takes more.
    private(set) var isWanted = true

    private static let bufferBytes = 256 << 10

    init(_ format: Format, campaign: CampaignID) {
        self.format = format
        self.campaign = campaign
        buffer.reserveCapacity(Self.bufferBytes + 4_096)
        if format == .csv {
            append("user_id,ordinal,status,reason,code,attempts,time,latency_us,body_bytes,key\n")
        }
    }

    mutating func write(
        _ record: DeliveryRecord, ordinal: Ordinal, userID: UnsafeRawBufferPointer
    ) {
        let key = IdempotencyKey.text(
            campaign: campaign, ordinal: ordinal, generation: record.generation)
        let reason = record.reason.label(code: record.code)
        let time = record.timeMilliseconds > 0 ? Self.time(record.timeMilliseconds) : ""
        switch format {
        case .csv:
            unsafe appendCSV(userID)
            append(
                ",\(ordinal.rawValue),\(record.status.name),\(reason),\(record.code),"
                    + "\(record.attempts),\(time),\(record.latencyMicroseconds),"
                    + "\(record.bodyBytes),\(key)\n")
        case .jsonl:
            append("{\"user_id\":")
            unsafe appendJSON(userID)
            append(
                ",\"ordinal\":\(ordinal.rawValue),\"status\":\"\(record.status.name)\","
                    + "\"reason\":\"\(reason)\",\"code\":\(record.code),"
                    + "\"attempts\":\(record.attempts),\"time\":"
                    + (time.isEmpty ? "null" : "\"\(time)\"")
                    + ",\"latency_us\":\(record.latencyMicroseconds),"
                    + "\"body_bytes\":\(record.bodyBytes),\"key\":\"\(key)\"}\n")
        }
        if buffer.count >= Self.bufferBytes { flush() }
    }

    mutating func finish() { flush() }

    private mutating func flush() {
        isWanted = unsafe buffer.withUnsafeBytes { unsafe Terminal.output($0) }
        buffer.removeAll(keepingCapacity: true)
    }

    private mutating func append(_ text: String) { buffer.append(contentsOf: text.utf8) }

    /// RFC 4180: quoted when it holds a comma, a quote or a line break; quotes are doubled.
    private mutating func appendCSV(_ bytes: UnsafeRawBufferPointer) {
        let special: [UInt8] = [0x22, 0x2C, 0x0A, 0x0D]
        guard unsafe bytes.contains(where: { special.contains($0) }) else {
            unsafe buffer.append(contentsOf: bytes)
            return
        }
        buffer.append(0x22)
        for index in bytes.indices {
            let byte = unsafe bytes[index]
            if byte == 0x22 { buffer.append(0x22) }
            buffer.append(byte)
        }
        buffer.append(0x22)
    }

    /// RFC 8259: quotes, backslashes and control characters are escaped.
    private mutating func appendJSON(_ bytes: UnsafeRawBufferPointer) {
        buffer.append(0x22)
        for index in bytes.indices {
            let byte = unsafe bytes[index]
            switch byte {
            case 0x22, 0x5C: buffer.append(contentsOf: [0x5C, byte])
            case 0..<0x20: append(String(format: "\\u%04x", Int(byte)))
            default: buffer.append(byte)
            }
        }
        buffer.append(0x22)
    }

    /// RFC 3339 in UTC with milliseconds.
    private static func time(_ milliseconds: Int64) -> String {
        let date = Date(timeIntervalSince1970: Double(milliseconds) / 1_000)
        return date.formatted(
            Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
