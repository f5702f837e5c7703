package import JSON
package import Jinja

/// What a campaign's templates read of its recipients: the columns of the snapshot, and where a
/// template finds them.
///
/// Only what is read is kept. A snapshot's slot 0 is the user id, slot i + 1 is column i.
///
/// - A variable is a column named after it where some recipient has one of its own, and a constant
///   otherwise.
/// - `receiver` is an object of the fields that are read. An attribute is `receiver.city` as well
///   as `receiver.attributes.city`; a field of the user wins over an attribute of its name.
/// - A template that uses `receiver` as a whole, such as `{{ receiver | tojson }}`, gets every
///   field, and all attributes under `attributes`.
package struct MessageLayout: Sendable {
    /// What a column holds.
    package enum Source: Hashable, Sendable {
        /// A variable of the recipient, or what stands in for it.
        case variable(String)
        case field(UserField)
        /// One attribute, whatever it is.
        case attribute(String)
        /// All of them, as an object.
        case attributes
    }

    /// A column of the snapshot.
    package struct Column: Hashable, Sendable {
        /// Where the column's values come from.
        package let source: Source

        /// The bare name of a variable; `receiver.` and the name of a field or attribute.
        package var name: String {
            switch source {
            case .variable(let name): name
            case .field(let field): "receiver.\(field.rawValue)"
            case .attributes: "receiver.attributes"
            case .attribute(let name) where Self.isAmbiguous(name): "receiver.attributes.\(name)"
            case .attribute(let name): "receiver.\(name)"
            }
        }

        private static func isAmbiguous(_ name: String) -> Bool {
            name.contains(".") || UserField(rawValue: name) != nil || name == "id"
                || name == "attributes"
        }
    }

    /// The columns that are read, in the order in which a snapshot has them.
    package let columns: [Column]
    let variables: MessageVariables
    private let constants: [String]
    private let readsReceiver: Bool
    private let reading: ReceiverReading

    /// Works out the columns.
    ///
    /// - Parameters:
    ///   - references: What the templates read: `CampaignTemplates.references`.
    ///   - variables: Where variables come from.
    package init(_ references: [VariableReference], _ variables: MessageVariables) {
        self.variables = variables
        let roots = Set(references.map(\.path.root)).sorted()
        let own = roots.filter { variables.recipientNames.contains($0) }
        constants = roots.filter {
            !variables.recipientNames.contains($0) && variables.fallback($0) != nil
        }
        readsReceiver = roots.contains("receiver") && !variables.has("receiver")
        reading = ReceiverReading(readsReceiver ? references : [])
        columns = (own.map(Source.variable) + reading.sources).map(Column.init)
    }

    /// The snapshot's columns and one for the user id.
    package var slotCount: Int { columns.count + 1 }

    /// Where templates find their names.
    ///
    /// - Parameter scope: Values of `sender`, `campaign` and `channel`, for those that there are.
    /// - Returns: What `CampaignTemplates.bind` takes, with `slotCount`.
    package func layout(_ scope: [String: JSONValue]) -> VariableLayout {
        let slots = Dictionary(
            uniqueKeysWithValues: columns.enumerated().map { ($1.source, $0 + 1) })
        var roots: [VariableLayout.Field] = []
        for column in columns {
            guard case .variable(let name) = column.source, let slot = slots[column.source] else {
                continue
            }
            roots.append(.init(name, .slot(slot)))
        }
        func append(_ name: String, constant: JSONValue?) {
            guard let constant else { return }
            roots.append(.init(name, .constant(Array(constant.encoded.utf8))))
        }
        for name in constants { append(name, constant: variables.fallback(name)) }
        if readsReceiver {
            roots.append(.init("receiver", .object(reading.fields(slots))))
        }
        // The first of equal names counts: a variable goes before these.
        for (name, value) in scope.sorted(by: { $0.key < $1.key }) {
            append(name, constant: value)
        }
        return VariableLayout(roots)
    }
}
