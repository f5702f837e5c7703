import Control
import ControlDirectory
import JSON

/// Shapes as JSON Schema (draft 2020-12), those with a name once each.
struct SchemaComponents {
    private(set) var schemas: [String: JSONValue] = [:]

    /// Adds a shape under a name.
    mutating func add(_ name: String, _ shape: Shape) {
        guard schemas[name] == nil else { return }
        schemas[name] = .null
        schemas[name] = schema(shape)
    }

    /// The schema of a shape, or the reference to it.
    mutating func schema(_ shape: Shape) -> JSONValue {
        switch shape {
        case .string(let rule): return Self.schema(rule)
        case .integer(let range): return Self.schema(range)
        case .number(let range):
            return [
                "type": "number", "minimum": .number(range.lowerBound),
                "maximum": .number(range.upperBound),
            ]
        case .boolean: return ["type": "boolean"]
        case .choice(let words):
            return ["type": "string", "enum": .array(words.map { .string($0) })]
        case .time: return ["type": "string", "format": "date-time"]
        case .array(let item, let counts):
            return [
                "type": "array", "items": schema(item),
                "minItems": .integer(Int64(counts.lowerBound)),
                "maxItems": .integer(Int64(counts.upperBound)),
            ]
        case .object(let object): return schema(object)
        case .map(let item, let namesMax):
            return [
                "type": "object", "additionalProperties": schema(item),
                "maxProperties": .integer(Int64(namesMax)),
            ]
        case .json: return .object([:])
        case .jsonObject: return ["type": "object"]
        case .nullable(let inner): return ["anyOf": [schema(inner), ["type": "null"]]]
        case .named(let name, let inner):
            add(name, inner)
            return ["$ref": .string("#/components/schemas/\(name)")]
        case .described(let inner, let text):
            guard case .object(var fields) = schema(inner) else { return schema(inner) }
            fields["description"] = .string(text)
            return .object(fields)
        }
    }

    private mutating func schema(_ object: ObjectShape) -> JSONValue {
        var properties: [String: JSONValue] = [:]
        for field in object.fields {
            var property = schema(field.shape).object ?? [:]
            property["default"] = field.standard
            properties[field.name] = .object(property)
        }
        let required = object.fields.filter(\.isRequired).map { JSONValue.string($0.name) }
        var fields: [String: JSONValue] = [
            "type": "object", "properties": .object(properties), "additionalProperties": false,
        ]
        if !required.isEmpty { fields["required"] = .array(required) }
        return .object(fields)
    }

    private static func schema(_ rule: TextRule) -> JSONValue {
        var fields: [String: JSONValue] = [
            "type": "string", "minLength": .integer(Int64(rule.lengths.lowerBound)),
            "maxLength": .integer(Int64(rule.lengths.upperBound)),
        ]
        if let pattern = rule.pattern { fields["pattern"] = .string(pattern) }
        if let format = rule.format { fields["format"] = .string(format) }
        return .object(fields)
    }

    private static func schema(_ range: ClosedRange<Int64>) -> JSONValue {
        var fields: [String: JSONValue] = ["type": "integer"]
        if range.lowerBound != .min { fields["minimum"] = .integer(range.lowerBound) }
        if range.upperBound != .max { fields["maximum"] = .integer(range.upperBound) }
        return .object(fields)
    }
}
