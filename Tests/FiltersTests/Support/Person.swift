import JSON
import Structures

@testable import Filters

/// A row of the table `user` with its tags and events, as the model sees it.
struct Person {
    struct Event {
        let count: Int64
        let lastAt: Int64
    }

    let pk: Int64
    let app: Int64
    let id: String
    var name: String?
    var locale: String?
    var timezone: String?
    var createdAt: Int64 = 0
    var updatedAt: Int64 = 0
    var lastActiveAt: Int64?
    var tags: Set<String> = []
    var consent: JSONValue?
    var endpoints: JSONValue?
    var attributes: JSONValue?
    var events: [String: Event] = [:]
}

extension Person {
    /// The attributes that tests declare; the others are known by what they are compared with.
    static let declared: [DeclaredAttribute] = [
        declare("plan", .string), declare("age", .integer), declare("score", .number),
        declare("beta", .boolean), declare("renewed", .time), declare("teams", .stringSet),
        declare("extra", .json), declare("home.city", .string),
    ]

    private static func declare(_ name: String, _ type: FieldType) -> DeclaredAttribute {
        DeclaredAttribute(path: AttributePath(name)!, type: type, isIndexed: true)
    }

    /// Strings that break what is not bound, and others that are easily mixed up.
    static let strings = [
        "", "a", "A", "b", "pro", "Pro", "free", "pro plan", "'", "\"", "''; DROP TABLE user; --",
        "%", "_", "p%", "p_o", "\\", "\\'", "*", "?", "[a-z]", "]", "5", "05", "5.0", "true",
        "null",
        "[1]", "{}", "é", "e\u{301}", "École-Élan", "école", "Straße", "STRASSE", "яблоко",
        "Яблоко",
        "🙂", "🙂a", "new\nline", "tab\ta", "o'brien", "O'Brien", "a.b", "$.a", "\u{FFFF}", "𝕏",
    ]

    static let tagNames = ["vip", "new", "o'brien", "%", "é", "e\u{301}", "t.1"]
    static let eventNames = ["login", "order.paid", "it's", "a%"]

    /// The start of 2026, around which all times of the tests are.
    static let newYear: Int64 = 1_767_225_600_000

    static func random(pk: Int64, app: Int64, using random: inout SeededGenerator) -> Person {
        var person = Person(pk: pk, app: app, id: "user-\(pk % 7)-\(pk)")
        person.name = maybe(&random) { strings.randomElement(using: &$0)! }
        person.locale = maybe(&random) { ["en", "de", "de-CH"].randomElement(using: &$0)! }
        person.timezone = maybe(&random) { ["Europe/Berlin", "UTC"].randomElement(using: &$0)! }
        person.createdAt = time(&random)
        person.updatedAt = time(&random)
        person.lastActiveAt = maybe(&random, time)
        person.tags = Set(tagNames.filter { _ in Int.random(in: 0..<4, using: &random) == 0 })
        person.consent = maybe(&random) { random in
            var object: [String: JSONValue] = [:]
            for type in ["push", "web_push"] {
                object[type] = maybe(&random) { ["granted", "denied"].randomElement(using: &$0)! }
            }
            return .object(object)
        }
        person.endpoints = [nil, [], [["type": "webhook"]]].randomElement(using: &random)!
        person.attributes = maybe(&random) { random in
            var object: [String: JSONValue] = [:]
            let names = ["plan", "age", "score", "beta", "renewed", "teams", "extra", "odd", "x-1"]
            for name in names { object[name] = maybe(&random) { anyValue(&$0, name) } }
            object["home"] = maybe(&random) { random in
                ["city": anyValue(&random, "plan"), "zip": anyValue(&random, "odd")]
            }
            return .object(object)
        }
        for name in eventNames {
            guard Bool.random(using: &random) else { continue }
            let count = Int64.random(in: 1...4, using: &random)
            person.events[name] = Event(count: count, lastAt: time(&random))
        }
        return person
    }

    /// A value for the attribute `name`, mostly but not always of its type.
    static func anyValue(_ random: inout SeededGenerator, _ name: String) -> JSONValue {
        let kind = Bool.random(using: &random) ? name : "odd"
        switch kind {
        case "plan": return .string(strings.randomElement(using: &random)!)
        case "age": return .integer(.random(in: -1...6, using: &random))
        case "score": return number(&random)
        case "beta": return .bool(.random(using: &random))
        case "renewed": return .string(timeText(&random))
        case "teams", "extra": return .array((0..<3).map { _ in scalar(&random) })
        default:
            switch Int.random(in: 0..<8, using: &random) {
            case 0: return .array((0..<2).map { _ in scalar(&random) })
            case 1: return ["a": scalar(&random)]
            case 2:
                return .string(
                    ["now", "2026-01-01", "2026-13-01T00:00:00Z"].randomElement(using: &random)!)
            default: return scalar(&random)
            }
        }
    }

    static func scalar(_ random: inout SeededGenerator) -> JSONValue {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: .null
        case 1: .bool(.random(using: &random))
        case 2, 3: number(&random)
        default: .string(strings.randomElement(using: &random)!)
        }
    }

    static func number(_ random: inout SeededGenerator) -> JSONValue {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: .number(Double(Int.random(in: -4...12, using: &random)) / 2)
        case 1: .number(.random(in: -1...6, using: &random))
        default: .integer(.random(in: -1...6, using: &random))
        }
    }

    /// One of few times, so that many are equal.
    static func time(_ random: inout SeededGenerator) -> Int64 {
        newYear + Int64.random(in: -3...3, using: &random) * 43_200_000
            + Int64.random(in: 0...1, using: &random)
    }

    /// A time as RFC 3339, in some zone.
    static func timeText(_ random: inout SeededGenerator) -> String {
        let halfDays = Int.random(in: -3...3, using: &random)
        let day = ["30", "31", "01", "02"][(halfDays + 4) / 2]
        let month = halfDays < 0 ? "2025-12" : "2026-01"
        let isNoon = halfDays.isMultiple(of: 2) == false
        let fraction = ["", ".000", ".001", ".5"].randomElement(using: &random)!
        let zones =
            isNoon
            ? ["12:00:00\(fraction)Z", "14:00:00\(fraction)+02:00"] : ["00:00:00\(fraction)Z"]
        return "\(month)-\(day)T\(zones.randomElement(using: &random)!)"
    }

    static func maybe<Value>(
        _ random: inout SeededGenerator, _ make: (inout SeededGenerator) -> Value
    ) -> Value? {
        Int.random(in: 0..<5, using: &random) == 0 ? nil : make(&random)
    }
}
