/// How the rows of an audience are written.
package enum AudienceFormat: String, Sendable, CaseIterable {
    /// RFC 4180 with a header row.
    case csv
    /// One JSON object a line.
    case jsonLines = "jsonl"

    /// Reads the name of a format as users write it: `csv`, `jsonl` or `ndjson`.
    package init?(name: String) {
        switch name.lowercased() {
        case "csv": self = .csv
        case "jsonl", "ndjson": self = .jsonLines
        default: return nil
        }
    }

    /// The format that a file's name says, looking past a `.gz`.
    package init?(path: String) {
        var parts = path.split(separator: "/").last?.split(separator: ".") ?? []
        if parts.last?.lowercased() == "gz" { parts.removeLast() }
        guard parts.count > 1, let suffix = parts.last else { return nil }
        self.init(name: String(suffix))
    }

    /// The format that the first bytes show: an object begins JSON Lines, anything else is CSV.
    ///
    /// - Throws: `notAnAudience` for UTF-16 and for a JSON array, which can be neither.
    init(firstBytes bytes: [UInt8]) throws(AudienceError) {
        try Self.checkEncoding(bytes)
        var text = bytes[...]
        if text.starts(with: [0xEF, 0xBB, 0xBF]) { text = text.dropFirst(3) }
        let first = text.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        switch first {
        case UInt8(ascii: "{"): self = .jsonLines
        case UInt8(ascii: "["):
            throw .notAnAudience("the input is a JSON array; expected one JSON object a line")
        default: self = .csv
        }
    }

    /// Refuses the byte order marks of UTF-16, whatever the format.
    static func checkEncoding(_ bytes: [UInt8]) throws(AudienceError) {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw .notAnAudience("the input is UTF-16; expected UTF-8")
        }
    }
}
