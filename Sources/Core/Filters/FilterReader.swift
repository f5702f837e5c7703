import JSON

/// Reads a filter and collects everything that is wrong with it.
///
/// After a mistake it goes on with a condition that stands for nothing, since the result is thrown
/// away. It stops where a limit of the whole filter is passed.
struct FilterReader {
    let schema: FilterSchema
    var mistakes = FilterMistakes()
    var conditionCount = 0
    var byteCount = 0
    /// Whether a limit of the whole filter was passed.
    var isStopped = false

    init(_ schema: FilterSchema) {
        self.schema = schema
    }

    var goesOn: Bool { !isStopped && !mistakes.isFull }

    /// The condition of a whole filter; an empty object is true of every row.
    mutating func filter(_ value: JSONValue, at path: Pointer) -> FilterCondition {
        if value.object?.isEmpty == true { return .all([]) }
        return object(value, at: path, depth: 0)
    }

    /// An object of conditions, which must all be true.
    private mutating func object(
        _ value: JSONValue, at path: Pointer, depth: Int
    ) -> FilterCondition {
        guard let fields = value.object else {
            mistakes.add(.wrongType, at: path, "expected an object of conditions")
            return .all([])
        }
        if fields.isEmpty { mistakes.add(.empty, at: path, "expected at least one condition") }
        guard count(fields.count, at: path, adds: false) else { return .all([]) }
        var parts: [FilterCondition] = []
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) where goesOn {
            let place = path.field(name)
            if let logic = LogicalOperator(rawValue: name) {
                parts.append(self.logic(logic, value, at: place, depth: depth + 1))
            } else if name.hasPrefix("$") {
                strayOperator(name, at: place)
            } else if let field = schema.field(name) {
                parts.append(self.field(field, value, at: place, depth: depth))
            } else {
                mistakes.add(.unknownField, at: place, schema.unknown(name))
            }
        }
        return .all(parts)
    }

    private mutating func logic(
        _ logic: LogicalOperator, _ value: JSONValue, at path: Pointer, depth: Int
    ) -> FilterCondition {
        guard fits(depth, at: path) else { return .all([]) }
        if logic == .not { return .not(object(value, at: path, depth: depth)) }
        guard let items = value.array else {
            mistakes.add(.wrongType, at: path, "expected an array of conditions")
            return .all([])
        }
        if items.isEmpty { mistakes.add(.empty, at: path, "expected at least one condition") }
        guard count(items.count, at: path, adds: false) else { return .all([]) }
        var parts: [FilterCondition] = []
        for (index, item) in items.enumerated() where goesOn {
            parts.append(object(item, at: path.item(index), depth: depth))
        }
        switch logic {
        case .and: return .all(parts)
        case .or: return .any(parts)
        case .nor, .not: return .not(.any(parts))
        }
    }

    /// What is asked of one field: a value that it must equal, or an object of operators.
    private mutating func field(
        _ field: FilterField, _ value: JSONValue, at path: Pointer, depth: Int
    ) -> FilterCondition {
        guard let operators = value.object else {
            return test(.equal, field, value, at: path)
        }
        if operators.isEmpty {
            mistakes.add(.empty, at: path, "expected at least one of \(field.operators.listed)")
        }
        guard count(operators.count, at: path, adds: false) else { return .all([]) }
        var parts: [FilterCondition] = []
        for (name, operand) in operators.sorted(by: { $0.key < $1.key }) where goesOn {
            let place = path.field(name)
            if name == LogicalOperator.not.rawValue {
                guard fits(depth + 1, at: place) else { continue }
                guard operand.object != nil else {
                    mistakes.add(.wrongType, at: place, "expected an object of operators")
                    continue
                }
                parts.append(.not(self.field(field, operand, at: place, depth: depth + 1)))
            } else if let known = FilterOperator(rawValue: name) {
                parts.append(test(known, field, operand, at: place))
            } else {
                mistakes.add(
                    .unknownOperator, at: place,
                    unknownOperator(name, among: field.operators.map(\.rawValue)))
            }
        }
        return .all(parts)
    }

    private func unknownOperator(_ name: String, among known: [String]) -> String {
        let hint = NearestName.find(name, in: known + [LogicalOperator.not.rawValue])
        let rest =
            hint.map { "; did you mean \($0)?" }
            ?? "; expected one of \(known.sorted().joined(separator: ", "))"
        return "\"\(shortened(name))\" is not an operator here\(rest)"
    }

    /// A name with a `$` where a field or a logical operator is expected.
    private mutating func strayOperator(_ name: String, at path: Pointer) {
        if FilterOperator(rawValue: name) != nil {
            let message = "\(name) belongs to a field: expected {\"<field>\": {\"\(name)\": …}}"
            mistakes.add(.operatorNotAllowed, at: path, message)
        } else {
            let known = LogicalOperator.allCases.map(\.rawValue)
            mistakes.add(.unknownOperator, at: path, unknownOperator(name, among: known))
        }
    }

    // MARK: Limits

    private mutating func fits(_ depth: Int, at path: Pointer) -> Bool {
        if depth <= FilterLimits.depth { return true }
        let message = "expected at most \(FilterLimits.depth) levels of $and, $or, $nor and $not"
        mistakes.add(.tooDeep, at: path, message)
        return false
    }

    /// Counts conditions, or only looks whether so many more would fit.
    mutating func count(_ more: Int, at path: Pointer, adds: Bool) -> Bool {
        if conditionCount + more <= FilterLimits.conditions {
            if adds { conditionCount += more }
            return true
        }
        let message = "expected at most \(FilterLimits.conditions) conditions in one filter"
        mistakes.add(.tooManyConditions, at: path, message)
        isStopped = true
        return false
    }
}
