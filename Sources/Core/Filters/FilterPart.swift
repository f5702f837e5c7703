/// One of the conditions of a filter that must all hold.
struct FilterPart: Hashable, Sendable {
    /// How SQLite can find the rows for which it holds.
    enum Access: Hashable, Sendable {
        /// It is the schema's scope, which stands first.
        case scope
        /// By the index of a field.
        case index(String)
        /// By another table, whose rows name them.
        case related
        /// By looking at each.
        case scan
    }

    let compiled: CompiledFilter
    let access: Access
}

extension FilterCondition {
    /// How its rows can be found.
    var access: FilterPart.Access {
        guard case .test(let field, let test) = self else { return .scan }
        switch (field.storage, test) {
        case (.related, _): return .related
        case (.column(_, _, isIndexed: true), .compare), (.column(_, _, isIndexed: true), .oneOf):
            return .index(field.name)
        case (.document(let place), .compare), (.document(let place), .oneOf):
            return place.isIndexed ? .index(field.name) : .scan
        default: return .scan
        }
    }
}
