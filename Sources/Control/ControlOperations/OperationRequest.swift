import ControlDirectory
package import JSON

/// A call as a wire hands it in: nothing of it is believed yet.
package struct OperationRequest: Sendable {
    /// The API key; nil where the call has none that can be read.
    package var credential: String?
    /// The ids by the names that the operation declares.
    package var ids: [String: String] = [:]
    /// The parameters in the order of the call, each as the value that its shape expects where the
    /// wire could make one.
    package var parameters: [(name: String, value: JSONValue)] = []
    package var body = OperationBody.none
    /// What makes a repetition known; heeded where the operation says so.
    package var idempotencyKey: String?

    /// A call by nobody, of nothing.
    package init() {}
}

/// The bytes that come with a call, in pieces as they arrive.
package struct OperationBody: Sendable {
    /// Hands over piece after piece until it is told that no more are wanted; throws where they
    /// break off.
    package typealias Pieces =
        @Sendable (_ push: ([UInt8]) async -> Bool) async throws -> Void

    /// In lower case, without parameters; nil where the wire names none.
    let mediaType: String?
    /// The content coding, in lower case; nil for none.
    let coding: String?
    /// Bytes, where the wire says how many there will be.
    let length: Int?
    private let pieces: Pieces

    /// A body of pieces.
    ///
    /// - Parameters:
    ///   - mediaType: In lower case, without parameters.
    ///   - coding: The content coding, in lower case, such as `gzip`.
    ///   - length: Bytes, where it is known beforehand.
    ///   - pieces: Called at most once.
    package init(
        mediaType: String?, coding: String? = nil, length: Int? = nil,
        pieces: @escaping Pieces
    ) {
        self.mediaType = mediaType
        self.coding = coding
        self.length = length
        self.pieces = pieces
    }

    /// No body.
    package static let none = OperationBody(mediaType: nil, length: 0) { _ in }

    /// Hands the pieces over, as fast as they are taken.
    func read(_ push: ([UInt8]) async -> Bool) async throws { try await pieces(push) }

    /// The whole body.
    ///
    /// - Throws: `Problem` of `payloadTooLarge` beyond so many bytes; what broke it off.
    func collect(upTo most: Int) async throws -> [UInt8] {
        let tooLarge = Problem(.payloadTooLarge, "a body has at most \(most) bytes here")
        if let length, length > most { throw tooLarge }
        var bytes: [UInt8] = []
        var isTooLarge = false
        try await read { piece in
            isTooLarge = piece.count > most - bytes.count
            if !isTooLarge { bytes += piece }
            return !isTooLarge
        }
        if isTooLarge { throw tooLarge }
        return bytes
    }

    /// - Throws: `Problem` of `unsupportedMediaType` that names what is taken.
    func require(oneOf types: [String]) throws(Problem) {
        guard let mediaType, types.contains(mediaType) else {
            throw Problem(
                .unsupportedMediaType, "expected Content-Type: \(types.joined(separator: " or "))")
        }
    }
}
