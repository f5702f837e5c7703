import ControlDirectory
import JSON

/// How a segment says who is in it.
package enum SegmentKind: String, Sendable {
    case filter
    case allUsers = "all_users"
    /// A list of ids, stored users or not.
    case targets

    /// Reads the kind of a segment that is to be made.
    ///
    /// - Throws: `Problem` where two kinds are asked for.
    init(_ body: JSONValue) throws(Problem) {
        let hasFilter = body["filter"].map { !$0.isNull } ?? false
        let isAll = body["all_users"]?.bool ?? false
        switch (hasFilter, isAll) {
        case (true, true):
            throw .invalid("/all_users", "conflict", "expected filter or all_users, not both")
        case (true, false): self = .filter
        case (false, true): self = .allUsers
        case (false, false): self = .targets
        }
    }
}
