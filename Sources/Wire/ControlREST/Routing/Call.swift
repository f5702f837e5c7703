import Control
import ControlDirectory
import Foundation
import Hummingbird
import JSON

/// A request as a handler sees it: checked against its route.
struct Call: Sendable {
    /// Who calls; nil where the route needs no key.
    let identity: Caller?
    let path: [String: String]
    let query: [String: JSONValue]
    /// Null where the route takes no JSON.
    let body: JSONValue
    let stream: RequestBody
    let headers: HTTPFields

    /// Who calls a route that needs a key.
    var caller: Caller {
        guard let identity else { preconditionFailure("a route without a key asks who calls") }
        return identity
    }

    /// A parameter of the path, which the route declares.
    func parameter(_ name: String) -> String {
        guard let value = path[name] else {
            preconditionFailure("a route reads a parameter that its path lacks: \(name)")
        }
        return value
    }

    /// Which page of a list is asked for.
    var page: PageRequest {
        PageRequest(
            limit: query["limit"]?.integer.map(Int.init) ?? InputLimits.pageSizeDefault,
            next: query["next"]?.string)
    }
}

/// What a handler answers.
enum Answer: Sendable {
    case json(JSONValue, status: Int)
    case empty(status: Int, headers: [String: String] = [:])
    case bytes([UInt8], mediaType: String, headers: [String: String] = [:])
    /// A body that is written as it comes to be.
    case stream(mediaType: String, fileName: String?, StreamWriter)

    /// Writes pieces; the end is not its own to write.
    typealias StreamWriter =
        @concurrent @Sendable (inout any ResponseBodyWriter) async throws -> Void
}
