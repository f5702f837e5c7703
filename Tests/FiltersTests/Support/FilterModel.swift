import JSON
import Structures

@testable import Filters

/// What filters mean, said once more: evaluates a valid filter on a person, straight from its JSON.
struct FilterModel {
    let person: Person

    /// What a field is for the model; missing and null are one.
    private enum Seen {
        case value(JSONValue?)
        /// Of no declared type: equal only to a value of its own type.
        case anything(JSONValue?)
        case set([JSONValue])
    }

    func matches(_ filter: JSONValue) -> Bool {
        guard case .object(let fields) = filter else { return false }
        return fields.allSatisfy { name, value in
            switch name {
            case "$and": value.array!.allSatisfy(matches)
            case "$or": value.array!.contains(where: matches)
            case "$nor": !value.array!.contains(where: matches)
            case "$not": !matches(value)
            default: test(name, value)
            }
        }
    }

    private func test(_ name: String, _ value: JSONValue) -> Bool {
        guard case .object(let operators) = value else { return test(name, ["$eq": value]) }
        let seen = see(name)
        let isTime = isTime(name)
        return operators.allSatisfy { test($0, seen, isTime, $1) }
    }

    private func test(_ name: String, _ seen: Seen, _ isTime: Bool, _ operand: JSONValue) -> Bool {
        switch name {
        case "$not":
            return !operand.object!.allSatisfy { test($0, seen, isTime, $1) }
        case "$ne": return !test("$eq", seen, isTime, operand)
        case "$nin": return !test("$in", seen, isTime, operand)
        case "$in": return operand.array!.contains { test("$eq", seen, isTime, $0) }
        case "$exists":
            return operand == .bool(exists(seen))
        case "$eq" where operand.isNull: return !exists(seen)
        case "$contains":
            if case .anything(let value) = seen {
                return value?.array?.contains { compare($0, operand) == 0 } ?? false
            }
            return test("$eq", seen, isTime, operand)
        case "$autocomplete":
            guard let text = scalars(seen).first?.string else { return false }
            return Self.autocompletes(text, operand.string!)
        default:
            let wanted = isTime ? .integer(RFC3339.milliseconds(operand.string!)!) : operand
            return scalars(seen).contains { value in
                guard let order = compare(value, wanted) else { return false }
                switch name {
                case "$eq": return order == 0
                case "$gt": return order > 0
                case "$gte": return order >= 0
                case "$lt": return order < 0
                default: return order <= 0
                }
            }
        }
    }

    private func exists(_ seen: Seen) -> Bool {
        switch seen {
        case .value(let value), .anything(let value): !(value ?? .null).isNull
        case .set(let values): !values.isEmpty
        }
    }

    private func scalars(_ seen: Seen) -> [JSONValue] {
        switch seen {
        case .value(let value), .anything(let value): value.map { [$0] } ?? []
        case .set(let values): values
        }
    }

    /// The order of two values of one type; nil for others and for what has no order.
    private func compare(_ a: JSONValue, _ b: JSONValue) -> Int? {
        if let a = a.double, let b = b.double { return a < b ? -1 : a > b ? 1 : 0 }
        if let a = a.string, let b = b.string {
            if a.utf8.elementsEqual(b.utf8) { return 0 }
            return a.utf8.lexicographicallyPrecedes(b.utf8) ? -1 : 1
        }
        if let a = a.bool, let b = b.bool { return a == b ? 0 : 1 }
        return nil
    }

    static func autocompletes(_ text: String, _ start: String) -> Bool {
        let text = Array(text.unicodeScalars)
        let start = start.unicodeScalars.map { String($0).lowercased() }
        return text.indices.contains { index in
            guard index == 0 || isSeparator(text[index - 1]) else { return false }
            return text[index...].prefix(start.count).map { String($0).lowercased() } == start
        }
    }

    private static func isSeparator(_ scalar: Unicode.Scalar) -> Bool {
        if "\u{A0}–—\n\t ".unicodeScalars.contains(scalar) { return true }
        return scalar.isASCII && 33...126 ~= scalar.value && !scalar.properties.isAlphabetic
            && scalar.properties.numericType == nil
    }

    // MARK: Fields

    private func isTime(_ name: String) -> Bool {
        if ["created_at", "updated_at", "last_active_at", "last_active"].contains(name) {
            return true
        }
        return name.hasPrefix("events.") && !name.hasSuffix(".count") || name == "renewed"
            || name == "attributes.renewed"
    }

    private func see(_ name: String) -> Seen {
        switch name {
        case "id": return .value(.string(person.id))
        case "name": return .value(person.name.map(JSONValue.string))
        case "locale", "language": return .value(person.locale.map(JSONValue.string))
        case "timezone": return .value(person.timezone.map(JSONValue.string))
        case "created_at": return .value(.integer(person.createdAt))
        case "updated_at": return .value(.integer(person.updatedAt))
        case "last_active_at", "last_active":
            return .value(person.lastActiveAt.map(JSONValue.integer))
        case "tags": return .set(person.tags.map(JSONValue.string))
        case "endpoints": return .set(person.endpoints?.array ?? [])
        default: break
        }
        if name.hasPrefix("consent.") { return .value(person.consent?[String(name.dropFirst(8))]) }
        if name.hasPrefix("events.") {
            let event = String(name.dropFirst(7))
            if event.hasSuffix(".count") {
                return .value(.integer(person.events[String(event.dropLast(6))]?.count ?? 0))
            }
            return .value(person.events[event].map { .integer($0.lastAt) })
        }
        return attribute(name.hasPrefix("attributes.") ? String(name.dropFirst(11)) : name)
    }

    private func attribute(_ name: String) -> Seen {
        let value = name.split(separator: ".").reduce(person.attributes) { $0?[String($1)] }
        switch Person.declared.first(where: { $0.path.description == name })?.type {
        case .string?: return .value(value?.string.map(JSONValue.string))
        case .integer?, .number?: return .value(value?.double == nil ? nil : value)
        case .boolean?: return .value(value?.bool.map(JSONValue.bool))
        case .time?:
            return .value(value?.string.flatMap { RFC3339.milliseconds($0) }.map(JSONValue.integer))
        case .stringSet?: return .set(value?.array ?? [])
        case .json?, nil: return .anything(value)
        }
    }
}
