package import Filters
package import GRDB
package import JSON

/// What a table keeps, by the declarations of its fields: its statements, the shapes of its API and
/// what turns one into the other.
///
/// A further field is a property of the record with its default, an entry of the list, and a step
/// of `ControlSchema` that adds its column; nothing else spells it.
package struct RecordSchema<Record: Sendable>: Sendable {
    private let table: String
    private let plural: String
    /// The field with the row's number, which SQLite chooses.
    private let key: RecordColumn<Record>
    /// A record before anything is decided, with the defaults.
    private let new: Record
    private let fields: [RecordField<Record>]
    private let insertion: String
    private let changing: String

    /// The declarations of a table.
    ///
    /// - Parameters:
    ///   - table: Its name; an app's rows have the app's number in the column `app`.
    ///   - plural: What mistakes in filters call the records.
    ///   - key: Its `pk INTEGER PRIMARY KEY`, which is hidden.
    ///   - codec: How the key is stored.
    ///   - new: A record with the defaults.
    ///   - fields: The other fields, in the order in which inputs list them.
    package init<Value>(
        _ table: String, plural: String, key: any WritableKeyPath<Record, Value> & Sendable,
        as codec: FieldCodec<Value>, new: Record, fields: [RecordField<Record>]
    ) {
        self.table = table
        self.plural = plural
        self.key = RecordColumn("pk", key, codec)
        self.new = new
        self.fields = fields
        let columns = fields.compactMap(\.column?.name)
        let places = columns.map { _ in "?" }.joined(separator: ", ")
        insertion = "INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES (\(places))"
        let changes = fields.filter(\.isChanged).compactMap(\.column).map { "\($0.name) = ?" }
        changing = "UPDATE \(table) SET \(changes.joined(separator: ", ")) WHERE pk = ?"
    }
}

// MARK: Rows

extension RecordSchema {
    /// Reads a row that has all columns.
    package func record(_ row: Row) -> Record {
        var record = new
        key.load(row, &record)
        for field in fields { field.column?.load(row, &record) }
        return record
    }

    /// Inserts a record under a number that SQLite chooses.
    ///
    /// - Returns: The number, which the record does not have yet.
    /// - Throws: What the database throws.
    package func insert(_ record: Record, _ db: Database) throws -> Int64 {
        let values = fields.compactMap { $0.column?.bind(record) }
        try db.execute(sql: insertion, arguments: StatementArguments(values))
        return db.lastInsertedRowID
    }

    /// Writes what callers decide, and what the server stamps, to a record's row.
    ///
    /// - Throws: What the database throws.
    package func update(_ record: Record, _ db: Database) throws {
        let values = fields.filter(\.isChanged).compactMap { $0.column?.bind(record) }
        try db.execute(
            sql: changing, arguments: StatementArguments(values + [key.bind(record)]))
    }

    /// The columns as in `CREATE TABLE`, but for the row's number.
    ///
    /// Tests hold them against the table that the steps of `ControlSchema` have made.
    var columns: [String] { fields.compactMap(\.column?.definition) }

    /// What filters and sorts of an app's records may name.
    package func filters(app: AppRowID) -> FilterSchema {
        let found = fields.compactMap { field in
            field.filterType.flatMap { type in
                field.column.map { column in
                    FilterField(
                        field.name, type, column: "\(table).\(column.name)",
                        isNullable: field.isNullable)
                }
            }
        }
        let aliases = fields.compactMap { field in field.filterAlias.map { ($0, field.name) } }
        return FilterSchema(
            kind: plural, table: table, key: "pk", scope: ("app", app.rawValue), fields: found,
            aliases: Dictionary(uniqueKeysWithValues: aliases))
    }
}

// MARK: The API

extension RecordSchema {
    /// What makes a record.
    package var creation: [FieldShape] {
        fields.compactMap { field in
            switch field.use {
            case .hidden, .shown, .stamped: return nil
            case .fixed: return .optional(field.name, field.valueShape)
            case .required: return .required(field.name, field.valueShape)
            case .settable:
                return .optional(field.name, field.fullShape, default: field.json(new))
            }
        }
    }

    /// A field of ``creation``, for an input that makes records of fewer fields.
    package func creation(of name: String) -> FieldShape {
        guard let field = creation.first(where: { $0.name == name }) else {
            preconditionFailure("who makes a record does not decide \(name)")
        }
        return field
    }

    /// What changes a record; what it does not name stays.
    package var change: [FieldShape] {
        fields.compactMap { field in
            switch field.use {
            case .hidden, .shown, .stamped, .fixed: nil
            case .required: .optional(field.name, field.valueShape)
            case .settable: .optional(field.name, field.fullShape)
            }
        }
    }

    /// What an answer shows of a record.
    package var answer: [FieldShape] {
        fields.filter(\.isShown).map { .required($0.name, $0.fullShape) }
    }

    /// Takes what an input names that fits ``creation`` or ``change``; null takes a value away.
    package func take(_ input: JSONValue, into record: inout Record) {
        for field in fields where field.isDecidedByCallers {
            if let value = input[field.name] { field.take(value, &record) }
        }
    }

    /// Gives a record what the callers who made another have decided, but for what is fixed.
    package func copy(_ source: Record, into record: inout Record) {
        for field in fields where field.isDecidedByCallers { field.column?.copy(source, &record) }
    }

    /// A record as ``answer`` has it.
    package func json(_ record: Record) -> [String: JSONValue] {
        Dictionary(
            uniqueKeysWithValues: fields.filter(\.isShown).map { ($0.name, $0.json(record)) })
    }
}

extension RecordField {
    /// Whether answers show it.
    fileprivate var isShown: Bool { use != .hidden && column != nil }

    /// Whether it may be changed later.
    fileprivate var isDecidedByCallers: Bool { use == .required || use == .settable }

    /// Whether a change of the record writes it.
    fileprivate var isChanged: Bool { isDecidedByCallers || use == .stamped }
}
