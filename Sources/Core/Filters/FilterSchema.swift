/// The fields of one kind of thing, and how SQL reaches them.
package struct FilterSchema: Sendable {
    /// What the things are, in the plural: `users`.
    package let kind: String
    /// The table that statements select from; every column is written with its name.
    package let table: String
    /// The primary key, such as `user.pk`.
    package let key: String
    /// The type of the key: `integer` or `string`.
    let keyType: FieldType
    /// The column that every row must match, whatever the filter says, such as the app.
    let scope: (column: String, value: Int64)
    /// The fields by name, and once more by each of their other names.
    let fields: [String: FilterField]
    /// Fields whose names come from outside, tried in this order.
    let families: [FieldFamily]

    /// A schema of a table with an integer key; key and scope are given without the table.
    ///
    /// - Parameters:
    ///   - kind: What the things are, in the plural.
    ///   - table: The table.
    ///   - key: Its primary key.
    ///   - scope: The column that every row must match, and its value.
    ///   - fields: Each of another name.
    ///   - aliases: Other names of fields.
    package init(
        kind: String, table: String, key: String, scope: (column: String, value: Int64),
        fields: [FilterField], aliases: [String: String]
    ) {
        self.init(
            kind: kind, table: table, key: key, keyType: .integer, scope: scope, fields: fields,
            aliases: aliases, families: [])
    }

    /// A schema whose columns are given without the table; `aliases` are other names of fields.
    init(
        kind: String, table: String, key: String, keyType: FieldType = .integer,
        scope: (column: String, value: Int64), fields: [FilterField],
        aliases: [String: String] = [:], families: [FieldFamily] = []
    ) {
        self.kind = kind
        self.table = table
        self.key = "\(table).\(key)"
        self.keyType = keyType
        self.scope = ("\(table).\(scope.column)", scope.value)
        var byName = Dictionary(uniqueKeysWithValues: fields.map { ($0.name, $0) })
        for (alias, name) in aliases { byName[alias] = byName[name] }
        self.fields = byName
        self.families = families
    }

    /// The field called `name`, nil when there is none.
    func field(_ name: String) -> FilterField? {
        if let field = fields[name] { return field }
        for family in families where name.hasPrefix(family.prefix) {
            return family.field(name.dropFirst(family.prefix.count))
        }
        return nil
    }

    /// What to tell somebody who asked for the field `name`.
    func unknown(_ name: String) -> String {
        let start = "\"\(shortened(name))\" is not a field of \(kind)"
        for family in families where !family.prefix.isEmpty && name.hasPrefix(family.prefix) {
            return "\(start); expected \(family.prefix)\(family.rule)"
        }
        if let nearest = NearestName.find(name, in: fields.keys) {
            return "\(start); did you mean \"\(nearest)\"?"
        }
        let known = fields.keys.sorted() + families.map { $0.prefix + $0.rule }
        return "\(start); expected one of \(known.joined(separator: ", "))"
    }
}

/// Fields with a common prefix whose names come from outside.
struct FieldFamily: Sendable {
    /// What the names start with; empty for all names that are left.
    let prefix: String
    /// What follows the prefix, for a sentence.
    let rule: String
    /// The field for what follows the prefix, nil where no field can have that name.
    let field: @Sendable (Substring) -> FilterField?
}
