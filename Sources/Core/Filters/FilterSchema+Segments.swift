extension FilterSchema {
    /// Segments of one app, in the table `segment` with the key `pk`.
    ///
    /// Each field is a column of the same name, times in Unix milliseconds. `id`, `type`, `kind`,
    /// `created_at` and `updated_at` must be NOT NULL.
    package static func segments(app: Int64) -> FilterSchema {
        func column(_ name: String, _ type: FieldType, isNullable: Bool = true) -> FilterField {
            FilterField(name, type, .column("segment.\(name)", isNullable: isNullable))
        }
        return FilterSchema(
            kind: "segments", table: "segment", key: "pk", scope: ("app", app),
            fields: [
                column("id", .string, isNullable: false),
                column("name", .string),
                column("description", .string),
                column("type", .string, isNullable: false),
                column("kind", .string, isNullable: false),
                column("all_users", .boolean),
                column("size", .integer),
                column("created_at", .time, isNullable: false),
                column("updated_at", .time, isNullable: false),
            ])
    }

    /// Explicit targets of one segment, in the table `segment_target(segment, target_id)`.
    ///
    /// `segment` is the segment's key. A target's own key is its id, by which lists are ordered.
    package static func targets(segment: Int64) -> FilterSchema {
        FilterSchema(
            kind: "targets", table: "segment_target", key: "target_id", keyType: .string,
            scope: ("segment", segment),
            fields: [
                FilterField(
                    "target_id", .string, .column("segment_target.target_id", isNullable: false),
                    operators: Set.ordering.union([.equal, .oneOf]))
            ])
    }
}
