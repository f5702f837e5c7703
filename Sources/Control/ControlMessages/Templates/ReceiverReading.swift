import Jinja

/// What templates read of `receiver`.
struct ReceiverReading: Sendable {
    private var fields: Set<UserField> = []
    /// Attributes that are read as `receiver.city`.
    private var direct: Set<String> = []
    /// Attributes that are read as `receiver.attributes.city`.
    private var nested: Set<String> = []
    private var readsAllAttributes = false

    init(_ references: [VariableReference]) {
        for reference in references where reference.path.root == "receiver" {
            switch reference.path.steps.first {
            case .field("id"): break
            case .field("attributes"):
                if reference.path.steps.count > 1, case .field(let name) = reference.path.steps[1] {
                    nested.insert(name)
                } else {
                    readsAllAttributes = true
                }
            case .field(let name):
                if let field = UserField(rawValue: name) {
                    fields.insert(field)
                } else {
                    direct.insert(name)
                }
            // Whether there is a receiver is known without any of its fields.
            case nil where reference.usage == .condition: break
            case nil, .item:
                fields.formUnion(UserField.allCases)
                readsAllAttributes = true
            }
        }
    }

    /// In a fixed order.
    var sources: [MessageLayout.Source] {
        let attributes = readsAllAttributes ? direct : direct.union(nested)
        return UserField.allCases.filter(fields.contains).map { .field($0) }
            + attributes.sorted().map { .attribute($0) }
            + (readsAllAttributes ? [.attributes] : [])
    }

    /// The fields of the object that templates see.
    func fields(_ slots: [MessageLayout.Source: Int]) -> [VariableLayout.Field] {
        func field(_ name: String, _ source: MessageLayout.Source) -> VariableLayout.Field? {
            slots[source].map { .init(name, .slot($0)) }
        }
        var fields = [VariableLayout.Field("id", .slot(0))]
        fields += UserField.allCases.compactMap { field($0.rawValue, .field($0)) }
        fields += direct.sorted().compactMap { field($0, .attribute($0)) }
        if readsAllAttributes {
            fields += [field("attributes", .attributes)].compactMap(\.self)
        } else if !nested.isEmpty {
            fields.append(
                .init(
                    "attributes",
                    .object(nested.sorted().compactMap { field($0, .attribute($0)) })))
        }
        return fields
    }
}
