import ControlDirectory
import JSON

/// A call as a handler sees it: checked against its operation.
package struct OperationCall: Sendable {
    /// Who calls; nil where the operation needs no key.
    let identity: Caller?
    let ids: [String: String]
    /// The parameters that the call gave.
    let parameters: [String: JSONValue]
    /// Null where the operation takes no JSON.
    let body: JSONValue
    /// What the bytes of an operation that takes a stream are read from; empty for others.
    let upload: OperationBody

    /// Who calls an operation that needs a key.
    var caller: Caller {
        guard let identity else { preconditionFailure("an operation without a key asks who calls") }
        return identity
    }

    /// An id, which the operation declares.
    func id(_ name: String) -> String {
        guard let value = ids[name] else {
            preconditionFailure("an operation reads an id that it does not declare: \(name)")
        }
        return value
    }

    /// Which page of a list is asked for.
    var page: PageRequest {
        PageRequest(
            limit: parameters["limit"]?.integer.map(Int.init) ?? InputLimits.pageSizeDefault,
            next: parameters["next"]?.string)
    }
}
