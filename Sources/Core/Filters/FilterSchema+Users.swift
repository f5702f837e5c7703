extension FilterSchema {
    /// Users of one app, in the table `user`.
    ///
    /// | field | where |
    /// |---|---|
    /// | `id`, `name`, `locale` (or `language`), `timezone` | columns |
    /// | `created_at`, `updated_at`, `last_active_at` (or `last_active`) | columns, Unix ms |
    /// | `tags` | `tag(pk, app, name)` and `user_tag(tag, user)` |
    /// | `consent.<type>` | the JSON object `consent`: `"granted"` or `"denied"` |
    /// | `endpoints` (only `$exists`) | the JSON array `endpoints` |
    /// | `events.<name>` | `user_event(app, name, user, count, first_at, last_at)`: the last time |
    /// | `events.<name>.count` | there; 0 without a row |
    /// | `attributes.<path>`, and every other name | the JSON object `attributes` |
    ///
    /// `id`, `created_at` and `updated_at` must be NOT NULL. The JSON columns hold valid JSON or
    /// NULL, with the keys that matter here written without escapes.
    package static func users(app: Int64, attributes: [DeclaredAttribute] = []) -> FilterSchema {
        let declared = Dictionary(attributes.map { ($0.path, $0) }) { _, last in last }
        return FilterSchema(
            kind: "users", table: "user", key: "pk", scope: ("app", app),
            fields: [
                FilterField("id", .string, .column("user.id", isNullable: false, isIndexed: true)),
                FilterField("name", .string, .column("user.name", isNullable: true)),
                FilterField("locale", .string, .column("user.locale", isNullable: true)),
                FilterField("timezone", .string, .column("user.timezone", isNullable: true)),
                FilterField(
                    "created_at", .time,
                    .column("user.created_at", isNullable: false, isIndexed: true)),
                FilterField("updated_at", .time, .column("user.updated_at", isNullable: false)),
                FilterField(
                    "last_active_at", .time, .column("user.last_active_at", isNullable: true)),
                FilterField("endpoints", .stringSet, .list("user.endpoints"), operators: [.exists]),
                FilterField(
                    "tags", .stringSet,
                    .related(
                        Relation(
                            table: "tag JOIN user_tag ON user_tag.tag = tag.pk",
                            owner: "user_tag.user", matching: [("tag.app", .integer(app))],
                            value: "tag.name"))),
            ],
            aliases: ["language": "locale", "last_active": "last_active_at"],
            families: [
                FieldFamily(prefix: "consent.", rule: "<channel type>", field: consent),
                FieldFamily(prefix: "events.", rule: "<name> or events.<name>.count") {
                    event($0, app: app)
                },
                FieldFamily(prefix: "attributes.", rule: attributeRule) {
                    attribute($0, declared: declared)
                },
                FieldFamily(prefix: "", rule: "the name of an attribute") {
                    attribute($0, declared: declared)
                },
            ])
    }

    private static var attributeRule: String {
        "<name>, with letters, digits, _ and - in up to \(FilterLimits.attributeSteps) steps of at "
            + "most \(FilterLimits.attributeStepBytes)"
    }

    private static func attribute(
        _ name: Substring, declared: [AttributePath: DeclaredAttribute]
    ) -> FilterField? {
        guard let path = AttributePath(name) else { return nil }
        let declaration = declared[path]
        let place = DocumentPlace(
            column: "user.attributes", path: path, isDeclared: declaration != nil,
            isIndexed: declaration?.isIndexed ?? false)
        return FilterField("attributes.\(path)", declaration?.type ?? .json, .document(place))
    }

    private static func consent(_ type: Substring) -> FilterField? {
        guard let path = AttributePath(type), path.steps.count == 1 else { return nil }
        let place = DocumentPlace(column: "user.consent", path: path, isDeclared: false)
        return FilterField("consent.\(path)", .string, .document(place), operators: .equality)
    }

    /// The last time of an event, or how often it happened: `order.paid` or `order.paid.count`.
    ///
    /// Event names may have dots, but one that ends in `.count` cannot be asked for its time.
    private static func event(_ name: Substring, app: Int64) -> FilterField? {
        let isCount = name.hasSuffix(".count")
        let event = String(isCount ? name.dropLast(".count".count) : name)
        guard 1...FilterLimits.eventNameBytes ~= event.utf8.count, !event.utf8.contains(0) else {
            return nil
        }
        var relation = Relation(
            table: "user_event", owner: "user_event.user",
            matching: [("user_event.app", .integer(app)), ("user_event.name", .text(event))],
            value: isCount ? "user_event.count" : "user_event.last_at")
        guard isCount else { return FilterField("events.\(event)", .time, .related(relation)) }
        relation.absent = 0
        return FilterField(
            "events.\(event).count", .integer, .related(relation),
            operators: FieldType.integer.operators.subtracting([.exists]))
    }
}
