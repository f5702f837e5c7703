import Engine
package import JSON
import Jinja

/// Reads the recipients of an input one by one, each with the variables of its row.
package enum RecipientRows {
    /// What a row is.
    package enum Row: Sendable {
        case recipient(userID: String, variables: JSONValue)
        case rejected(Reject)
    }

    /// Shows every row of an input, in order.
    ///
    /// - Parameters:
    ///   - input: CSV or JSON Lines, as for an audience.
    ///   - limits: Those of an audience's rows.
    ///   - body: Called for each row.
    /// - Throws: `AudienceError` for an input that cannot be read on, and what the body throws.
    package static func forEach(
        of input: AudienceInput, limits: AudienceLimits = .standard, _ body: (Row) throws -> Void
    ) throws {
        var columns = ColumnTable(columnsMax: limits.columnsMax)
        let window = InputWindow(input.source, rowBytesMax: limits.rowBytesMax)
        switch input.format {
        case .csv:
            var reader = try CSVReader(window, limits: limits, columns: &columns)
            try read(&reader, columns, limits, body)
        case .jsonLines:
            var reader = try JSONLinesReader(window, limits: limits)
            try read(&reader, columns, limits, body)
        }
    }

    private static func read<Reader: RowReader & ~Copyable>(
        _ reader: inout Reader, _ initialColumns: ColumnTable, _ limits: AudienceLimits,
        _ body: (Row) throws -> Void
    ) throws {
        var columns = initialColumns
        let row = RowSlots(columnsMax: limits.columnsMax)
        while true {
            switch try reader.next(into: row, &columns) {
            case .row:
                var variables: [String: JSONValue] = [:]
                for (index, name) in columns.names.enumerated() {
                    variables[name] = unsafe JSONValue(row.slots[index + 1])
                }
                let userID = unsafe String(decoding: row.slots[0].bytes, as: UTF8.self)
                try body(.recipient(userID: userID, variables: .object(variables)))
            case .rejected:
                guard let reject = reader.reject else {
                    preconditionFailure("a rejected row has its reason")
                }
                try body(.rejected(reject))
            case .end: return
            }
        }
    }
}

extension JSONValue {
    /// What a slot holds; nil for a missing one.
    fileprivate init?(_ slot: SlotValue) {
        switch slot.kind {
        case .missing: return nil
        case .null: self = .null
        case .false: self = false
        case .true: self = true
        case .integer: self = .integer(slot.integer)
        case .double: self = .number(slot.double)
        case .string: self = .string(unsafe String(decoding: slot.bytes, as: UTF8.self))
        case .json:
            guard let value = unsafe try? JSONValue(parsing: Array(slot.bytes)) else { return nil }
            self = value
        }
    }
}
