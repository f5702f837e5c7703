import Audience
import Engine
import GRDB
import Jinja

/// One recipient on its way from a query into a page: the row's values as slots over one buffer.
struct SnapshotRow: ~Copyable {
    private enum Piece {
        case missing
        case slot(SlotValue)
        case text(Range<Int>)
        case json(Range<Int>)
    }

    private let columns: [SnapshotColumn]
    private var bytes: [UInt8] = []
    private var pieces: [Piece] = []
    private var slots: [SlotValue] = []

    init(columns: [SnapshotColumn]) {
        self.columns = columns
        bytes.reserveCapacity(4_096)
    }

    /// Takes a row: the user id, the columns, then the recipient's own variables as JSON or null.
    mutating func fill(_ row: Row) throws {
        bytes.removeAll(keepingCapacity: true)
        pieces.removeAll(keepingCapacity: true)
        append(text: row[0] as String)
        let variables = try (row[columns.count + 1] as String?).map {
            try JSONValue(parsing: $0)
        }
        for (index, column) in columns.enumerated() {
            switch column.source {
            case .variable(let name):
                guard let value = variables?[name] else {
                    pieces.append(.missing)
                    continue
                }
                append(value)
            case .text:
                if let text = row[index + 1] as String? {
                    append(text: text)
                } else {
                    pieces.append(.missing)
                }
            case .time:
                if let time = row[index + 1] as Int64? {
                    append(text: Timestamp(milliseconds: time).rfc3339)
                } else {
                    pieces.append(.missing)
                }
            case .document, .path:
                if let text = row[index + 1] as String? {
                    try append(json: text)
                } else {
                    pieces.append(.missing)
                }
            }
        }
    }

    private mutating func append(text: String) {
        let start = bytes.count
        bytes.append(contentsOf: text.utf8)
        pieces.append(.text(start..<bytes.count))
    }

    /// Appends JSON as SQLite gives it.
    private mutating func append(json text: String) throws {
        var text = text
        // Most are short strings without escapes, which need no reader.
        let plain = text.withUTF8 { utf8 -> Bool in
            guard utf8.count >= 2, unsafe utf8[0] == UInt8(ascii: "\"") else { return false }
            for index in 0..<utf8.count where unsafe utf8[index] == UInt8(ascii: "\\") {
                return false
            }
            return true
        }
        if plain {
            let start = bytes.count
            bytes.append(contentsOf: text.utf8.dropFirst().dropLast())
            pieces.append(.text(start..<bytes.count))
        } else {
            append(try JSONValue(parsing: text))
        }
    }

    private mutating func append(_ value: JSONValue) {
        switch value {
        case .null: pieces.append(.slot(.null))
        case .bool(let value): pieces.append(.slot(SlotValue(value)))
        case .integer(let value): pieces.append(.slot(SlotValue(value)))
        case .number(let value): pieces.append(.slot(SlotValue(value)))
        case .string(let text): append(text: text)
        case .array, .object:
            let start = bytes.count
            bytes.append(contentsOf: value.encoded.utf8)
            pieces.append(.json(start..<bytes.count))
        }
    }

    /// Gives the row to the pages.
    mutating func append(to pages: inout PageAssembler) throws {
        let columnCount = columns.count
        let pieces = pieces
        let bytes = bytes
        var slots: [SlotValue] = []
        swap(&slots, &self.slots)
        slots.removeAll(keepingCapacity: true)
        defer { swap(&slots, &self.slots) }
        try unsafe bytes.withUnsafeBytes { buffer in
            for piece in pieces {
                switch piece {
                case .missing: slots.append(.missing)
                case .slot(let slot): slots.append(slot)
                case .text(let range):
                    slots.append(
                        unsafe SlotValue(string: UnsafeRawBufferPointer(rebasing: buffer[range])))
                case .json(let range):
                    slots.append(
                        unsafe SlotValue(json: UnsafeRawBufferPointer(rebasing: buffer[range])))
                }
            }
            try unsafe slots.withUnsafeBufferPointer { slots in
                guard let base = slots.baseAddress else { return }
                _ = try unsafe pages.append(base, count: slots.count, columnCount: columnCount)
            }
        }
    }
}
