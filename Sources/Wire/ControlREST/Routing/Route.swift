import ControlOperations
import HTTPTypes

/// An operation at its place.
package struct Route: Sendable {
    /// The methods that the API uses.
    package enum Method: String, Sendable, CaseIterable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"

        var http: HTTPRequest.Method {
            switch self {
            case .get: .get
            case .post: .post
            case .put: .put
            case .patch: .patch
            case .delete: .delete
            }
        }
    }

    let method: Method
    /// With the names of the operation's ids in braces: `/v1/keys/{id}`.
    let path: String
    let operation: Operation

    init(_ method: Method, _ path: String, _ operation: Operation) {
        self.method = method
        self.path = path
        self.operation = operation
    }

    /// The routes of operations, in their order.
    static func routes(of operations: [Operation]) -> [Route] {
        operations.map { operation in
            guard let place = RoutePaths.all[operation.name] else {
                preconditionFailure("the operation \(operation.name) has no place")
            }
            return Route(place.method, place.path, operation)
        }
    }
}
