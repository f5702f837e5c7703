import Control
import ControlDirectory
import JSON

/// One operation of the API: what the router serves, what the OpenAPI document says of it, and what
/// tests walk.
struct Route: Sendable {
    /// The methods that the API uses.
    enum Method: String, Sendable, CaseIterable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    /// What a request's body is.
    enum Body: Sendable {
        case none
        case json(Shape, isRequired: Bool = true)
        /// Bytes of any length that the handler reads as they come.
        case stream(mediaTypes: [String])
    }

    /// A parameter of the query string.
    struct Parameter: Sendable {
        let name: String
        let shape: Shape

        init(_ name: String, _ shape: Shape) {
            self.name = name
            self.shape = shape
        }
    }

    /// What a successful answer is.
    struct Success: Sendable {
        let status: Int
        let content: Content

        enum Content: Sendable {
            case empty
            case json(Shape)
            case media([String])
        }
    }

    let method: Method
    /// With names of parameters in braces: `/v1/keys/{id}`.
    let path: String
    /// The operation's id, unique.
    let name: String
    let summary: String
    let tag: String
    /// Nil: needs no key.
    let permission: Permission?
    let query: [Parameter]
    let body: Body
    let successes: [Success]
    /// What can go wrong, beside what every operation may answer.
    let errors: [ErrorCode]
    let handle: @Sendable (Call) async throws -> Answer

    init(
        _ method: Method, _ path: String, _ name: String, _ summary: String, tag: String,
        permission: Permission?, query: [Parameter] = [], body: Body = .none,
        successes: [Success], errors: [ErrorCode] = [],
        handle: @escaping @Sendable (Call) async throws -> Answer
    ) {
        self.method = method
        self.path = path
        self.name = name
        self.summary = summary
        self.tag = tag
        self.permission = permission
        self.query = query
        self.body = body
        self.successes = successes
        self.errors = errors
        self.handle = handle
    }

    /// An operation that answers JSON with one status.
    init(
        _ method: Method, _ path: String, _ name: String, _ summary: String, tag: String,
        permission: Permission?, query: [Parameter] = [], body: Body = .none, status: Int = 200,
        answer: Shape, errors: [ErrorCode] = [],
        handle: @escaping @Sendable (Call) async throws -> JSONValue
    ) {
        self.init(
            method, path, name, summary, tag: tag, permission: permission, query: query,
            body: body, successes: [Success(status: status, content: .json(answer))],
            errors: errors
        ) { call in
            .json(try await handle(call), status: status)
        }
    }

    /// Whether an `Idempotency-Key` is honoured: where the body is at hand to compare.
    var isIdempotent: Bool {
        guard method == .post, permission != nil else { return false }
        if case .stream = body { return false }
        return true
    }

    /// The names of the path's parameters, in order.
    var pathParameters: [String] {
        path.split(separator: "/").compactMap {
            $0.hasPrefix("{") && $0.hasSuffix("}") ? String($0.dropFirst().dropLast()) : nil
        }
    }
}

extension Route.Parameter {
    /// The two parameters of every list.
    static let paging = [
        Route.Parameter(
            "limit",
            .integer(
                Int64(InputLimits.pageSize.lowerBound)...Int64(InputLimits.pageSize.upperBound))),
        Route.Parameter("next", .text(1...4_096)),
    ]
}

extension Shape {
    /// One page of a list.
    static func page(_ name: String, of item: Shape) -> Shape {
        .fields([
            .required(name, .array(item, 0...InputLimits.pageSize.upperBound)),
            .required("next", .nullable(.text(1...4_096))),
        ])
    }
}
