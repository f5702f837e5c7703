import Control
import ControlDirectory
import JSON

/// The OpenAPI 3.1 description, written from the routes themselves.
struct OpenAPIDocument {
    private let routes: [Route]

    init(_ routes: [Route]) { self.routes = routes }

    var json: JSONValue {
        var paths: [String: [String: JSONValue]] = [:]
        var components = SchemaComponents()
        for route in routes {
            paths[route.path, default: [:]][route.method.rawValue.lowercased()] = operation(
                route, &components)
        }
        components.add("Problem", Self.problem)
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

    /// The shape of every failure.
    static let problem = Shape.fields([
        .required("type", .text(1...200)), .required("title", .text(1...200)),
        .required("status", .integer(400...599)), .required("detail", .text(0...4_096)),
        .required("code", .choice(ErrorCode.allCases.map(\.rawValue))),
        .optional("errors", .array(FieldMistake.shape, 0...1_000)),
        .optional("permission", .text(1...64).describedAs("What the key lacks.")),
        .optional("line", .integer(1 ... .max).describedAs("Where the body is not JSON.")),
        .optional("column", .integer(1 ... .max).describedAs("Where the body is not JSON.")),
        .optional("state", .text(1...64).describedAs("The state that does not allow the action.")),
        .optional(
            "allowed_actions",
            .array(.text(1...64), 0...64).describedAs("The actions that it allows.")),
        .optional("rows", .count.describedAs("Of an upload that broke off.")),
        .optional("created", .count.describedAs("Of an upload that broke off.")),
        .optional("updated", .count.describedAs("Of an upload that broke off.")),
        .optional("rejected", .count.describedAs("Of an upload that broke off.")),
        .optional("accepted", .count.describedAs("Of an upload that broke off.")),
        .optional(
            "delivery_status", .text(1...64).describedAs("Of a delivery that did not arrive.")),
        .optional("quota_needed", .count.describedAs("Messages that the audience takes.")),
        .optional("quota_left", .count.describedAs("Messages that are left this month.")),
    ])

    private func operation(_ route: Route, _ components: inout SchemaComponents) -> JSONValue {
        var fields: [String: JSONValue] = [
            "operationId": .string(route.name), "summary": .string(route.summary),
            "tags": [.string(route.tag)],
        ]
        var parameters: [JSONValue] = route.pathParameters.map { name in
            [
                "name": .string(name), "in": "path", "required": true,
                "schema": [
                    "type": "string", "minLength": 1,
                    "maxLength": .integer(Int64(InputLimits.idLength)),
                ],
            ]
        }
        parameters += route.query.map { parameter in
            [
                "name": .string(parameter.name), "in": "query", "required": false,
                "schema": components.schema(parameter.shape),
            ]
        }
        if route.isIdempotent {
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
        if let permission = route.permission {
            fields["security"] = [["apiKey": []]]
            fields["description"] = .string("Needs the permission \(permission.rawValue).")
        }
        if let body = requestBody(route, &components) { fields["requestBody"] = body }
        fields["responses"] = .object(responses(route, &components))
        return .object(fields)
    }

    private func requestBody(_ route: Route, _ components: inout SchemaComponents) -> JSONValue? {
        switch route.body {
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
        _ route: Route, _ components: inout SchemaComponents
    ) -> [String: JSONValue] {
        var responses: [String: JSONValue] = [:]
        for success in route.successes {
            var response: [String: JSONValue] = ["description": "Success."]
            switch success.content {
            case .empty: break
            case .json(let shape):
                response["content"] = ["application/json": ["schema": components.schema(shape)]]
            case .media(let types):
                let content = types.map { ($0, JSONValue.object(["schema": ["type": "string"]])) }
                response["content"] = .object(Dictionary(content) { first, _ in first })
            }
            responses["\(success.status)"] = .object(response)
        }
        for (status, codes) in Dictionary(grouping: Self.errors(of: route), by: \.status) {
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

    /// The statuses that an operation declares.
    static func statuses(of route: Route) -> Set<Int> {
        Set(route.successes.map(\.status) + errors(of: route).map(\.status))
    }

    /// What an operation may answer beside success.
    private static func errors(of route: Route) -> [ErrorCode] {
        var codes = route.errors + [.internalError, .invalidParameter, .shuttingDown]
        if route.permission != nil { codes += [.unauthenticated, .keyExpired, .forbidden] }
        if !route.pathParameters.isEmpty { codes.append(.notFound) }
        switch route.body {
        case .none: break
        case .json:
            codes += [.invalidJSON, .validationFailed, .payloadTooLarge, .unsupportedMediaType]
        case .stream: codes += [.unsupportedMediaType, .payloadTooLarge]
        }
        if route.isIdempotent { codes += [.idempotencyInProgress, .idempotencyKeyReused] }
        if route.method != .get { codes.append(.storageFull) }
        return codes
    }
}
