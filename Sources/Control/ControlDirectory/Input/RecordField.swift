package import Filters
import GRDB
import JSON

/// One field of what a table keeps, declared once: where it stands, what it may be, who decides it,
/// and what it means.
///
/// ```swift
/// RecordField("title", \.title, .text(0...200), .settable, "What templates see as the title.")
/// ```
///
/// Shapes, statements, answers, copies and filters come from the list that it is in, a
/// ``RecordSchema``.
package struct RecordField<Record: Sendable>: Sendable {
    /// The key in inputs and answers.
    let name: String
    /// Who decides the value.
    let use: FieldUse
    /// Where the value is kept; nil for an input that goes elsewhere.
    let column: RecordColumn<Record>?
    /// What the API takes and shows, but for null.
    private let shape: Shape
    /// Whether there may be no value: null in the API.
    let isNullable: Bool
    private let meaning: String
    /// Takes what fits the shape into a record; does nothing with anything else.
    let take: @Sendable (JSONValue, inout Record) -> Void
    /// The value of a record as the API shows it.
    let json: @Sendable (Record) -> JSONValue
    /// The type by which records are found and sorted; nil for a field that no filter names.
    private(set) var filterType: FieldType?
    /// Another name in filters.
    private(set) var filterAlias: String?

    /// A field with a column.
    ///
    /// - Parameters:
    ///   - name: The key in the API.
    ///   - property: Where the value is in a record; its value in a new record is the default.
    ///   - codec: How it is stored and shown.
    ///   - use: Who decides it.
    ///   - meaning: A sentence for who reads the OpenAPI document, with units.
    ///   - column: The name of the column, where it is another.
    package init<Value>(
        _ name: String, _ property: any WritableKeyPath<Record, Value> & Sendable,
        _ codec: FieldCodec<Value>, _ use: FieldUse, _ meaning: String, column: String? = nil
    ) {
        self.name = name
        self.use = use
        self.column = RecordColumn(column ?? name, property, codec)
        self.meaning = meaning
        shape = codec.shape
        isNullable = codec.isNullable
        take = { json, record in
            if let value = codec.parse(json) { record[keyPath: property] = value }
        }
        json = { codec.json($0[keyPath: property]) }
    }

    /// A column that the API does not know.
    package static func hidden<Value>(
        _ column: String, _ property: any WritableKeyPath<Record, Value> & Sendable,
        _ codec: FieldCodec<Value>
    ) -> RecordField {
        RecordField(column, property, codec, .hidden, "")
    }

    /// An input without a column: who takes the inputs puts it elsewhere.
    package static func input(
        _ name: String, _ shape: Shape, _ meaning: String
    ) -> RecordField {
        RecordField(name, shape, meaning)
    }

    private init(_ name: String, _ shape: Shape, _ meaning: String) {
        self.name = name
        self.shape = shape
        self.meaning = meaning
        use = .settable
        column = nil
        isNullable = false
        take = { _, _ in }
        json = { _ in .null }
    }

    /// What an input has to have that may not take the value away.
    var valueShape: Shape { shape.describedAs(meaning) }

    /// What an answer has, and an input may have.
    var fullShape: Shape {
        isNullable ? .nullable(shape).describedAs(meaning) : valueShape
    }

    /// The same field, by which records may be found and sorted.
    ///
    /// A set of strings is a column with a JSON array: nothing is sorted by it.
    ///
    /// - Parameters:
    ///   - type: What filters compare it with.
    ///   - alias: Another name in filters.
    /// - Returns: The field.
    package func filtered(_ type: FieldType, alias: String? = nil) -> RecordField {
        var field = self
        field.filterType = type
        field.filterAlias = alias
        return field
    }
}

/// Who decides the value of a field, and when.
package enum FieldUse: Sendable {
    /// The server; the API does not show it.
    case hidden
    /// The server; answers show it.
    case shown
    /// The server, at each change of what callers decide.
    case stamped
    /// Who makes the record, else the server; then it stays.
    case fixed
    /// Who makes the record has to say it; a change may replace it, not take it away.
    case required
    /// Who makes or changes the record; else it has its default.
    case settable
}

/// A column of a table, by the values of records.
struct RecordColumn<Record: Sendable>: Sendable {
    let name: String
    /// As in `CREATE TABLE`.
    let definition: String
    /// Reads the column into a record, which keeps its default where the row has no such value.
    let load: @Sendable (Row, inout Record) -> Void
    /// The value of a record as it is bound.
    let bind: @Sendable (Record) -> DatabaseValue
    /// Gives a record the value of another.
    let copy: @Sendable (Record, inout Record) -> Void

    init<Value>(
        _ name: String, _ property: any WritableKeyPath<Record, Value> & Sendable,
        _ codec: FieldCodec<Value>
    ) {
        self.name = name
        definition = "\(name) \(codec.columnType)\(codec.isNullable ? "" : " NOT NULL")"
        load = { row, record in
            if let value = codec.load(row[name]) { record[keyPath: property] = value }
        }
        bind = { codec.bind($0[keyPath: property]) }
        copy = { source, record in record[keyPath: property] = source[keyPath: property] }
    }
}
