package import ControlDirectory
package import JSON

/// One operation of the control plane: what a wire serves, what a description of the API says of
/// it, and what tests walk.
///
/// It knows nothing of how it is called: a wire maps it to a path, a method of a service or a line
/// of a queue, and `Operations.perform` does the rest.
package struct Operation: Sendable {
    /// What a call changes, and so what a repetition of it does.
    package enum Effect: Sendable {
        /// Nothing.
        case reads
        /// The same as the call before it: to repeat it is harmless.
        case settles
        /// Something more with every call: a caller gives it a key, by which a repetition is known.
        case acts
    }

    /// What comes with a call beside ids and parameters.
    package enum Input: Sendable {
        case none
        /// A JSON document of a shape; one that is not required is `{}` where it is absent.
        case json(Shape, isRequired: Bool = true)
        /// Bytes of any length that the handler reads as they come.
        case stream(mediaTypes: [String])
    }

    /// A parameter by name, which a call may leave out.
    package struct Parameter: Sendable {
        package let name: String
        package let shape: Shape

        /// A parameter of the shape that its values must have.
        package init(_ name: String, _ shape: Shape) {
            self.name = name
            self.shape = shape
        }
    }

    /// What a successful answer is.
    package struct Success: Sendable {
        package let outcome: Outcome
        package let content: Content

        /// What an answer carries.
        package enum Content: Sendable {
            case empty
            case json(Shape)
            /// Bytes of one of these media types.
            case media([String])
        }

        /// An outcome with what its answer carries.
        package init(_ outcome: Outcome, _ content: Content) {
            self.outcome = outcome
            self.content = content
        }

        /// Done, with nothing to show.
        package static let done = Success(.done, .empty)
    }

    package let effect: Effect
    /// Unique among all operations; never changed.
    package let name: String
    /// The names of the ids that a call needs, from the outermost resource inwards.
    package let ids: [String]
    /// One sentence for people who read the description of the API.
    package let summary: String
    /// The group that a description lists it under.
    package let area: String
    /// What the caller's key must allow; nil: needs no key.
    package let permission: Permission?
    package let parameters: [Parameter]
    package let input: Input
    package let successes: [Success]
    /// What can go wrong in the handler, beside what every call of this form may answer.
    private let handlerErrors: [ErrorCode]
    let handle: @Sendable (OperationCall) async throws -> OperationAnswer

    /// An operation whose handler says how it ended.
    package init(
        _ effect: Effect, _ name: String, ids: [String] = [], _ summary: String, area: String,
        permission: Permission?, parameters: [Parameter] = [], input: Input = .none,
        successes: [Success], errors: [ErrorCode] = [],
        handle: @escaping @Sendable (OperationCall) async throws -> OperationAnswer
    ) {
        self.effect = effect
        self.name = name
        self.ids = ids
        self.summary = summary
        self.area = area
        self.permission = permission
        self.parameters = parameters
        self.input = input
        self.successes = successes
        handlerErrors = errors
        self.handle = handle
    }

    /// An operation that answers JSON with one outcome.
    package init(
        _ effect: Effect, _ name: String, ids: [String] = [], _ summary: String, area: String,
        permission: Permission?, parameters: [Parameter] = [], input: Input = .none,
        outcome: Outcome = .shown, answer: Shape, errors: [ErrorCode] = [],
        handle: @escaping @Sendable (OperationCall) async throws -> JSONValue
    ) {
        self.init(
            effect, name, ids: ids, summary, area: area, permission: permission,
            parameters: parameters, input: input,
            successes: [Success(outcome, .json(answer))], errors: errors
        ) { call in
            .json(try await handle(call), outcome)
        }
    }

    /// Whether it changes nothing.
    package var isReading: Bool {
        switch effect {
        case .reads: true
        case .settles, .acts: false
        }
    }

    /// Whether the key of a call makes its repetition known: where a caller is there to own the
    /// key, and the whole input to compare.
    package var takesIdempotencyKey: Bool {
        guard case .acts = effect, permission != nil else { return false }
        if case .stream = input { return false }
        return true
    }

    /// Everything that a call may fail with.
    package var errors: [ErrorCode] {
        var codes = handlerErrors + [.internalError, .invalidParameter, .shuttingDown]
        if permission != nil { codes += [.unauthenticated, .keyExpired, .forbidden] }
        if !ids.isEmpty { codes.append(.notFound) }
        switch input {
        case .none: break
        case .json:
            codes += [.invalidJSON, .validationFailed, .payloadTooLarge, .unsupportedMediaType]
        case .stream: codes += [.unsupportedMediaType, .payloadTooLarge]
        }
        if takesIdempotencyKey { codes += [.idempotencyInProgress, .idempotencyKeyReused] }
        if !isReading { codes.append(.storageFull) }
        return codes
    }
}

extension Operation {
    /// The value of a parameter that a wire has as text: what its shape expects where it can be
    /// that, else the text, which the shape then refuses.
    package func value(of parameter: String, text: String) -> JSONValue {
        parameters.first { $0.name == parameter }?.shape.reading(text) ?? .string(text)
    }
}

extension Operation.Parameter {
    /// The two parameters of every list.
    static let paging = [
        Operation.Parameter(
            "limit",
            .integer(
                Int64(InputLimits.pageSize.lowerBound)...Int64(InputLimits.pageSize.upperBound))),
        Operation.Parameter("next", .text(1...4_096)),
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

extension Shape {
    /// A parameter's text as the value that the shape expects, where it can be one.
    fileprivate func reading(_ text: String) -> JSONValue {
        switch self {
        case .integer: Int64(text).map { .integer($0) } ?? .string(text)
        case .number: Double(text).map { .number($0) } ?? .string(text)
        case .boolean: text == "true" ? true : text == "false" ? false : .string(text)
        case .named(_, let shape), .described(let shape, _), .nullable(let shape):
            shape.reading(text)
        default: .string(text)
        }
    }
}
