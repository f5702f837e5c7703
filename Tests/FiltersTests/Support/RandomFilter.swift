import JSON
import Structures

@testable import Filters

/// Makes valid filters for users.
struct RandomFilter {
    private static let fields: [(names: [String], type: FieldType)] = [
        (["name", "id", "locale", "language", "timezone"], .string),
        (["consent.push", "consent.web_push", "consent.sms"], .string),
        (["created_at", "updated_at", "last_active_at", "last_active"], .time),
        (["events.login", "events.order.paid", "events.it's", "events.a%", "events.none"], .time),
        (["events.login.count", "events.order.paid.count", "events.none.count"], .integer),
        (["tags"], .stringSet),
        (["endpoints"], .stringSet),
        (["plan", "attributes.plan", "home.city"], .string),
        (["age", "attributes.age"], .integer),
        (["score"], .number),
        (["beta"], .boolean),
        (["renewed"], .time),
        (["teams"], .stringSet),
        (["extra", "odd", "attributes.x-1", "home.zip", "missing.too"], .json),
    ]

    private var random: SeededGenerator

    init(_ random: SeededGenerator) {
        self.random = random
    }

    mutating func next(depth: Int = 3) -> JSONValue {
        var fields: [String: JSONValue] = [:]
        for _ in 0..<Int.random(in: 1...2, using: &random) {
            let kind = depth == 0 ? 9 : Int.random(in: 0..<10, using: &random)
            switch kind {
            case 0: fields["$and"] = list(depth)
            case 1, 2: fields["$or"] = list(depth)
            case 3: fields["$nor"] = list(depth)
            case 4: fields["$not"] = next(depth: depth - 1)
            default:
                let (names, type) = Self.fields.randomElement(using: &random)!
                let name = names.randomElement(using: &random)!
                fields[name] = condition(name, type)
            }
        }
        return .object(fields)
    }

    private mutating func list(_ depth: Int) -> JSONValue {
        .array((0..<Int.random(in: 1...3, using: &random)).map { _ in next(depth: depth - 1) })
    }

    private mutating func condition(_ name: String, _ type: FieldType) -> JSONValue {
        let operators = FilterSchema.users(app: 1, attributes: Person.declared).field(name)!
            .operators
        let canBeNull = operators.contains(.exists)
        if operators.contains(.equal), Int.random(in: 0..<4, using: &random) == 0 {
            return operand(type, canBeNull: canBeNull)
        }
        var object: [String: JSONValue] = [:]
        let sorted = operators.sorted { $0.rawValue < $1.rawValue }
        for _ in 0..<Int.random(in: 1...2, using: &random) {
            let known = sorted.randomElement(using: &random)!
            object[known.rawValue] = self.operand(of: known, type, canBeNull: canBeNull)
        }
        let isNegated = Int.random(in: 0..<6, using: &random) == 0
        return isNegated ? ["$not": .object(object)] : .object(object)
    }

    private mutating func operand(
        of known: FilterOperator, _ type: FieldType, canBeNull: Bool
    ) -> JSONValue {
        switch known {
        case .equal, .notEqual: return operand(type, canBeNull: canBeNull)
        case .oneOf, .noneOf:
            let count = Int.random(in: 0...4, using: &random)
            return .array((0..<count).map { _ in operand(type, canBeNull: canBeNull) })
        case .exists: return .bool(.random(using: &random))
        case .contains: return operand(type, canBeNull: false)
        case .autocomplete:
            let text = Person.strings.filter { !$0.isEmpty }.randomElement(using: &random)!
            let most = text.unicodeScalars.count
            let start = text.unicodeScalars.prefix(Int.random(in: 1...most, using: &random))
            let flip = Bool.random(using: &random)
            return .string(flip ? String(start).uppercased() : String(start))
        case .greater, .greaterOrEqual, .less, .lessOrEqual:
            if type != .json { return operand(type, canBeNull: false) }
            return operand(Bool.random(using: &random) ? .string : .number, canBeNull: false)
        }
    }

    private mutating func operand(_ type: FieldType, canBeNull: Bool) -> JSONValue {
        if canBeNull, Int.random(in: 0..<10, using: &random) == 0 { return .null }
        switch type {
        case .string:
            let others = ["en", "de", "UTC", "granted", "denied", "user-1-1", "user-3"]
            return .string((Person.strings + others).randomElement(using: &random)!)
        case .stringSet:
            return .string((Person.tagNames + Person.strings).randomElement(using: &random)!)
        case .integer: return .integer(.random(in: -1...6, using: &random))
        case .number: return Person.number(&random)
        case .boolean: return .bool(.random(using: &random))
        case .time: return .string(Person.timeText(&random))
        case .json:
            let types: [FieldType] = [.string, .number, .boolean]
            return operand(types.randomElement(using: &random)!, canBeNull: false)
        }
    }
}
