import GRDB
package import JSON

/// How the values of one Swift type stand in a column and in the API.
package struct FieldCodec<Value: Sendable>: Sendable {
    /// What the API takes and shows, but for null.
    let shape: Shape
    /// The column's type: `TEXT` or `INTEGER`.
    let columnType: String
    /// Whether there may be no value: NULL in the column, null in the API.
    private(set) var isNullable = false
    /// Reads a column; nil for what is no value of the type.
    let load: @Sendable (DatabaseValue) -> Value?
    /// The value as it is bound.
    let bind: @Sendable (Value) -> DatabaseValue
    /// Reads what fits the shape; nil for anything else.
    let parse: @Sendable (JSONValue) -> Value?
    /// The value as the API shows it.
    let json: @Sendable (Value) -> JSONValue

    /// The same column and the same JSON for another type.
    ///
    /// - Parameters:
    ///   - make: The value; nil where this one stands for none.
    ///   - take: What `make` makes it of.
    ///   - shape: What the API takes and shows; the same when nil.
    /// - Returns: The codec of the other type.
    package func mapped<Other>(
        _ make: @escaping @Sendable (Value) -> Other?,
        _ take: @escaping @Sendable (Other) -> Value, shape: Shape? = nil
    ) -> FieldCodec<Other> {
        FieldCodec<Other>(
            shape: shape ?? self.shape, columnType: columnType, isNullable: isNullable,
            load: { load($0).flatMap(make) }, bind: { bind(take($0)) },
            parse: { parse($0).flatMap(make) }, json: { json(take($0)) })
    }
}

extension FieldCodec where Value == String {
    /// Text of a shape.
    package static func text(_ shape: Shape) -> FieldCodec {
        FieldCodec(
            shape: shape, columnType: "TEXT", load: String.fromDatabaseValue,
            bind: \.databaseValue, parse: \.string, json: { .string($0) })
    }

    /// Text of so many characters.
    package static func text(_ lengths: ClosedRange<Int>) -> FieldCodec { text(.text(lengths)) }
}

extension FieldCodec where Value == Int64 {
    /// An integer within bounds; any that is not negative unless said otherwise.
    package static func integer(_ range: ClosedRange<Int64> = 0 ... .max) -> FieldCodec {
        FieldCodec(
            shape: .integer(range), columnType: "INTEGER", load: Int64.fromDatabaseValue,
            bind: \.databaseValue, parse: \.integer, json: { .integer($0) })
    }

    /// Unix milliseconds, in the API RFC 3339.
    package static var time: FieldCodec {
        FieldCodec(
            shape: .time, columnType: "INTEGER", load: Int64.fromDatabaseValue,
            bind: \.databaseValue,
            parse: { $0.string.flatMap(Timestamp.init(rfc3339:))?.milliseconds },
            json: { .time($0) })
    }
}

extension FieldCodec where Value == Bool {
    /// A truth value, in the column 0 or 1.
    package static var flag: FieldCodec {
        FieldCodec(
            shape: .boolean, columnType: "INTEGER", load: Bool.fromDatabaseValue,
            bind: \.databaseValue, parse: \.bool, json: { .bool($0) })
    }
}

extension FieldCodec where Value == JSONValue {
    /// An object of the caller's own, in the column JSON.
    package static var document: FieldCodec<JSONValue> {
        FieldCodec(
            shape: .jsonObject, columnType: "TEXT",
            load: { value in
                String.fromDatabaseValue(value).flatMap { try? JSONValue(parsing: $0) }
            },
            bind: \.encoded.databaseValue, parse: { $0 }, json: { $0 })
    }
}

extension FieldCodec where Value == [String] {
    /// A list of texts, in the column JSON.
    package static func list(of item: Shape, _ counts: ClosedRange<Int>) -> FieldCodec {
        FieldCodec<JSONValue>.document.mapped(
            { $0.array?.compactMap(\.string) }, { .array($0.map { .string($0) }) },
            shape: .array(item, counts))
    }
}

extension FieldCodec {
    /// A row of a table.
    package static func row<Table>() -> FieldCodec where Value == RowID<Table> {
        FieldCodec<Int64>.integer().mapped({ RowID(rawValue: $0) }, \.rawValue)
    }

    /// One of a few values, each with its word.
    package static func word(_ words: KeyValuePairs<String, Value>) -> FieldCodec
    where Value: Equatable {
        FieldCodec<String>.text(.choice(words.map(\.key))).mapped(
            { word in words.first { $0.key == word }?.value },
            { value in
                guard let word = words.first(where: { $0.value == value })?.key else {
                    preconditionFailure("a value of a field has no word")
                }
                return word
            })
    }

    /// One of a type's values.
    ///
    /// - Parameter unknown: What a column with another word is read as; the default when nil.
    /// - Returns: A codec whose words are the raw values.
    package static func word(unknown: Value? = nil) -> FieldCodec
    where Value: CaseIterable & RawRepresentable<String> {
        let text = FieldCodec<String>.text(.choice(Value.allCases.map(\.rawValue)))
        return text.mapped({ Value(rawValue: $0) ?? unknown }, \.rawValue)
    }

    /// A value that may be missing.
    package static func optional<Wrapped>(_ codec: FieldCodec<Wrapped>) -> FieldCodec
    where Value == Wrapped? {
        FieldCodec(
            shape: codec.shape, columnType: codec.columnType, isNullable: true,
            load: { .some($0.isNull ? nil : codec.load($0)) },
            bind: { $0.map(codec.bind) ?? .null },
            parse: { .some($0.isNull ? nil : codec.parse($0)) },
            json: { $0.map(codec.json) ?? .null })
    }
}
