package import JSON

/// How a call ended that did not fail.
package enum Outcome: Sendable {
    /// What is there, is answered.
    case shown
    /// Something new is there, and is answered.
    case created
    /// It is begun; what is answered says where it will be seen.
    case accepted
    /// It is done, and there is nothing to show.
    case done
    /// It is done, and the caller is led elsewhere.
    case led

    /// The status over HTTP.
    package var status: Int {
        switch self {
        case .shown: 200
        case .created: 201
        case .accepted: 202
        case .done: 204
        case .led: 302
        }
    }
}

/// What a handler answers.
package enum OperationAnswer: Sendable {
    case json(JSONValue, Outcome)
    /// It is done, and there is nothing to show.
    case done
    /// A link was followed: to a URL, or to nowhere.
    case followed(to: String?)
    case bytes([UInt8], mediaType: String)
    /// Bytes that are written as they come to be.
    case stream(mediaType: String, fileName: String?, Writing)

    /// Writes the pieces in order; the end is not its own to write.
    package typealias Writing =
        @concurrent @Sendable (_ write: @concurrent ([UInt8]) async throws -> Void) async throws
        -> Void

    /// How the call ended.
    package var outcome: Outcome {
        switch self {
        case .json(_, let outcome): outcome
        case .done: .done
        case .followed(let url): url == nil ? .done : .led
        case .bytes, .stream: .shown
        }
    }
}

/// What a call got.
package enum OperationReply: Sendable {
    case fresh(OperationAnswer)
    /// The first answer to this key, byte for byte, and the status over HTTP that it had: from 400
    /// on it is the problem that the first call got.
    case replayed(status: Int, body: [UInt8])
}
