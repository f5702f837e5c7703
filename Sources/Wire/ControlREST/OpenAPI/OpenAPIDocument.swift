import Control
import ControlDirectory
import ControlOperations
import JSON

/// The OpenAPI 3.1 description, written from the operations and their places.
struct OpenAPIDocument {
    private let routes: [Route]

    init(_ routes: [Route]) { self.routes = routes }

    var json: JSONValue {
        var paths: [String: [String: JSONValue]] = [:]
        var components = SchemaComponents()
        for route in routes {
            paths[route.path, default: [:]][route.method.rawValue.lowercased()] = description(
                of: route.operation, &components)
        }
        components.add("Problem", Problem.shape)
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "Fanfare", "version": "1",
                "description": "Campaigns: one message to many people, at the rate it is told.",
            ],
            "paths": .object(paths.mapValues { .object($0) }),
            "components": [
                "schemas": .object(components.schemas),
                "securitySchemes": [
                    "apiKey": [
                        "type": "http", "scheme": "bearer",
                        "description": "An API key: Authorization: Bearer ff_…",
                    ]
                ],
            ],
        ]
    }

    private func description(
        of operation: Operation, _ components: inout SchemaComponents
    ) -> JSONValue {
        var fields: [String: JSONValue] = [
            "operationId": .string(operation.name), "summary": .string(operation.summary),
            "tags": [.string(operation.area)],
        ]
        var parameters: [JSONValue] = operation.ids.map { name in
            [
                "name": .string(name), "in": "path", "required": true,
                "schema": [
                    "type": "string", "minLength": 1,
                    "maxLength": .integer(Int64(InputLimits.idLength)),
                ],
            ]
        }
        parameters += operation.parameters.map { parameter in
            [
                "name": .string(parameter.name), "in": "query", "required": false,
                "schema": components.schema(parameter.shape),
            ]
        }
        if operation.takesIdempotencyKey {
            parameters.append([
                "name": "Idempotency-Key", "in": "header", "required": false,
                "description": "Repeats within 24 hours get the first answer.",
                "schema": [
                    "type": "string", "minLength": 1, "maxLength": 255,
                    "pattern": "^[\\x21-\\x7e]{1,255}$",
                ],
            ])
        }
        if !parameters.isEmpty { fields["parameters"] = .array(parameters) }
        if let permission = operation.permission {
            fields["security"] = [["apiKey": []]]
            fields["description"] = .string("Needs the permission \(permission.rawValue).")
        }
        if let body = requestBody(operation, &components) { fields["requestBody"] = body }
        fields["responses"] = .object(responses(operation, &components))
        return .object(fields)
    }

    private func requestBody(
        _ operation: Operation, _ components: inout SchemaComponents
    ) -> JSONValue? {
        switch operation.input {
        case .none: return nil
        case .json(let shape, let isRequired):
            return [
                "required": .bool(isRequired),
                "content": ["application/json": ["schema": components.schema(shape)]],
            ]
        case .stream(let mediaTypes):
            let content = mediaTypes.map { ($0, JSONValue.object(["schema": ["type": "string"]])) }
            return [
                "required": true,
                "content": .object(Dictionary(content) { first, _ in first }),
            ]
        }
    }

    private func responses(
        _ operation: Operation, _ components: inout SchemaComponents
    ) -> [String: JSONValue] {
        var responses: [String: JSONValue] = [:]
        for success in operation.successes {
            var response: [String: JSONValue] = ["description": "Success."]
            switch success.content {
            case .empty: break
            case .json(let shape):
                response["content"] = ["application/json": ["schema": components.schema(shape)]]
            case .media(let types):
                let content = types.map { ($0, JSONValue.object(["schema": ["type": "string"]])) }
                response["content"] = .object(Dictionary(content) { first, _ in first })
            }
            responses["\(success.outcome.status)"] = .object(response)
        }
        for (status, codes) in Dictionary(grouping: operation.errors, by: \.status) {
            let names = Set(codes.map(\.rawValue)).sorted().joined(separator: ", ")
            responses["\(status)"] = [
                "description": .string("A problem: \(names)."),
                "content": [
                    "application/problem+json": ["schema": ["$ref": "#/components/schemas/Problem"]]
                ],
            ]
        }
        return responses
    }
}

extension Operation {
    /// The statuses that the operation declares.
    var statuses: Set<Int> { Set(successes.map(\.outcome.status) + errors.map(\.status)) }
}
