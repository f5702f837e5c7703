extension SortSpec {
    /// The condition for the rows after one of which `values` are the ``columns``.
    ///
    /// With it a page costs the same however far it is from the first one, given an index on the
    /// scope and the first column; rows that are equal to the last one in all but the key are
    /// passed over one by one.
    ///
    /// - Returns: nil when the values cannot be those of a row in this order, as in a cursor that
    ///   was made up.
    package func keysetCondition(after values: [FilterArgument]) -> CompiledFilter? {
        guard values.count == terms.count else { return nil }
        for (term, value) in zip(terms, values) where !term.admits(value) { return nil }
        return condition(from: 0, values)
    }

    /// Rows that come after in the terms from `index` on, where all terms before are equal.
    private func condition(from index: Int, _ values: [FilterArgument]) -> CompiledFilter {
        let (term, value) = (terms[index], values[index])
        let after = term.after(value)
        guard index + 1 < terms.count else {
            return after ?? CompiledFilter(sql: "FALSE")
        }
        let tie: CompiledFilter = .joined(
            [term.equals(value), condition(from: index + 1, values)], by: " AND ")
        guard let after else { return tie }
        let either: CompiledFilter = .joined([after, tie], by: " OR ")
        // What both have in common, from which SQLite takes where to enter the index.
        guard let bound = term.bound(value) else { return either }
        return .joined([bound, either], by: " AND ")
    }
}

extension SortSpec.Term {
    /// Whether a row can have this value.
    fileprivate func admits(_ value: FilterArgument) -> Bool {
        switch (type, value) {
        case (_, .null): isNullable
        case (.string, .text): true
        case (.integer, .integer), (.time, .integer), (.boolean, .integer): true
        case (.number, .integer), (.number, .real): true
        default: false
        }
    }

    /// Nil where nothing comes after: NULL is the last value when descending.
    fileprivate func after(_ value: FilterArgument) -> CompiledFilter? {
        switch (isAscending, value) {
        case (true, .null): return CompiledFilter(sql: "\(column) IS NOT NULL")
        case (false, .null): return nil
        case (true, _): return CompiledFilter(sql: "\(column) > ?", arguments: [value])
        case (false, _):
            let less = CompiledFilter(sql: "\(column) < ?", arguments: [value])
            guard isNullable else { return less }
            return less.wrapped("(", " OR \(column) IS NULL)")
        }
    }

    fileprivate func equals(_ value: FilterArgument) -> CompiledFilter {
        value == .null
            ? CompiledFilter(sql: "\(column) IS NULL")
            : CompiledFilter(sql: "\(column) = ?", arguments: [value])
    }

    /// A range of the column with all that is equal or after; nil where there is none.
    fileprivate func bound(_ value: FilterArgument) -> CompiledFilter? {
        if value == .null || !isAscending && isNullable { return nil }
        return CompiledFilter(sql: "\(column) \(isAscending ? ">=" : "<=") ?", arguments: [value])
    }
}
