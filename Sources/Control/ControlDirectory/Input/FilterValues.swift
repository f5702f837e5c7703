package import Filters
package import GRDB
package import JSON

extension Problem {
    /// A filter or a sort that breaks rules.
    package static func invalid(_ mistakes: FilterMistakes) -> Problem {
        invalid(
            mistakes.list.map {
                FieldMistake(path: $0.path, code: $0.code.rawValue, message: $0.message)
            })
    }
}

extension FilterArgument {
    /// As it is bound.
    package var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let value): value.databaseValue
        case .real(let value): value.databaseValue
        case .text(let value): value.databaseValue
        }
    }
}

extension JSONValue {
    /// A value of a cursor.
    package var argument: FilterArgument {
        switch self {
        case .integer(let value): .integer(value)
        case .number(let value): .real(value)
        case .string(let value): .text(value)
        default: .null
        }
    }

    /// The value of a column as a cursor keeps it.
    package init(_ value: DatabaseValue) {
        switch value.storage {
        case .int64(let value): self = .integer(value)
        case .double(let value): self = .number(value)
        case .string(let value): self = .string(value)
        case .null, .blob: self = .null
        }
    }
}
