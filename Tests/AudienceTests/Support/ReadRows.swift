import Engine
import Jinja

@testable import Audience

/// Bytes in memory as a source that gives at most so many at a time.
final class MemorySource: ByteSource {
    private let bytes: [UInt8]
    private let chunk: Int
    private var offset = 0

    init(_ bytes: [UInt8], chunk: Int = .max) {
        self.bytes = bytes
        self.chunk = chunk
    }

    convenience init(_ text: String, chunk: Int = .max) {
        self.init(Array(text.utf8), chunk: chunk)
    }

    var fileBytesRead: UInt64 { UInt64(offset) }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(AudienceError) -> Int {
        let count = min(buffer.count, chunk, bytes.count - offset)
        unsafe buffer.copyBytes(from: bytes[offset..<offset + count])
        offset += count
        return count
    }
}

/// One row as its reader gave it.
struct ReadRow: Hashable {
    var id: String
    var variables: [String: OwnedValue]
}

/// All that a reader gave.
struct ReadResult: Equatable {
    var rows: [ReadRow] = []
    var rejects: [Reject] = []

    /// The rejects as `line:column reason`.
    var rejectTexts: [String] { rejects.map { "\($0.line):\($0.column) \($0.reason)" } }
}

/// Reads all rows of an input, from a source that gives at most `chunk` bytes at a time through a
/// window that holds `readBytes` more than a row.
func read(
    _ bytes: [UInt8], _ format: AudienceFormat, limits: AudienceLimits = .standard,
    chunk: Int = .max, readBytes: Int = 64
) throws -> ReadResult {
    var columns = ColumnTable(columnsMax: limits.columnsMax)
    let source = MemorySource(bytes, chunk: chunk)
    let window = InputWindow(source, rowBytesMax: limits.rowBytesMax, readBytes: readBytes)
    switch format {
    case .csv:
        var reader = try CSVReader(window, limits: limits, columns: &columns)
        return try readAll(&reader, &columns, limits)
    case .jsonLines:
        var reader = try JSONLinesReader(window, limits: limits)
        return try readAll(&reader, &columns, limits)
    }
}

func read(
    _ text: String, _ format: AudienceFormat, limits: AudienceLimits = .standard
) throws -> ReadResult {
    try read(Array(text.utf8), format, limits: limits)
}

private func readAll<Reader: RowReader & ~Copyable>(
    _ reader: inout Reader, _ columns: inout ColumnTable, _ limits: AudienceLimits
) throws -> ReadResult {
    var result = ReadResult()
    let row = RowSlots(columnsMax: limits.columnsMax)
    while true {
        switch try reader.next(into: row, &columns) {
        case .end: return result
        case .rejected: result.rejects.append(reader.reject!)
        case .row:
            let id = unsafe String(decoding: row.slots[0].bytes, as: UTF8.self)
            var variables: [String: OwnedValue] = [:]
            for (column, name) in columns.names.enumerated() {
                let value = unsafe OwnedValue(row.slots[column + 1])
                if value != .missing { variables[name] = value }
            }
            result.rows.append(ReadRow(id: id, variables: variables))
        }
    }
}
