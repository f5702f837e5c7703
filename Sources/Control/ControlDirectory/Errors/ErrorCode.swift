/// Every way in which a request can fail: the one table of stable codes.
///
/// A code never changes its meaning, nor the statuses that it has over HTTP and over gRPC. What is
/// not here is `internalError`.
package enum ErrorCode: String, CaseIterable, Sendable {
    case invalidJSON = "invalid_json"
    case invalidParameter = "invalid_parameter"
    case invalidCursor = "invalid_cursor"
    case validationFailed = "validation_failed"
    case unauthenticated
    case keyExpired = "key_expired"
    case quotaExceeded = "quota_exceeded"
    case forbidden
    case notFound = "not_found"
    case methodNotAllowed = "method_not_allowed"
    case notAcceptable = "not_acceptable"
    case alreadyExists = "already_exists"
    case actionNotAllowed = "action_not_allowed"
    case templateNotPublished = "template_not_published"
    case referenceInUse = "reference_in_use"
    case limitReached = "limit_reached"
    case audienceEmpty = "audience_empty"
    case idempotencyInProgress = "idempotency_in_progress"
    case idempotencyKeyReused = "idempotency_key_reused"
    case payloadTooLarge = "payload_too_large"
    case unsupportedMediaType = "unsupported_media_type"
    case shuttingDown = "shutting_down"
    case storageFull = "storage_full"
    case internalError = "internal_error"

    /// The status over HTTP and over gRPC.
    private var statuses: (http: Int, grpc: GRPCStatus) {
        switch self {
        case .invalidJSON, .invalidParameter, .invalidCursor: (400, .invalidArgument)
        case .unauthenticated, .keyExpired: (401, .unauthenticated)
        case .quotaExceeded: (402, .resourceExhausted)
        case .forbidden: (403, .permissionDenied)
        case .notFound: (404, .notFound)
        case .methodNotAllowed: (405, .unimplemented)
        case .notAcceptable: (406, .invalidArgument)
        case .alreadyExists: (409, .alreadyExists)
        case .actionNotAllowed, .templateNotPublished, .referenceInUse, .audienceEmpty:
            (409, .failedPrecondition)
        case .limitReached: (409, .resourceExhausted)
        case .idempotencyInProgress: (409, .aborted)
        case .payloadTooLarge: (413, .resourceExhausted)
        case .unsupportedMediaType: (415, .invalidArgument)
        case .validationFailed: (422, .invalidArgument)
        case .idempotencyKeyReused: (422, .failedPrecondition)
        case .internalError: (500, .internalError)
        case .shuttingDown: (503, .unavailable)
        case .storageFull: (507, .resourceExhausted)
        }
    }

    /// The HTTP status.
    package var status: Int { statuses.http }

    /// The status code of gRPC and Connect.
    package var grpcStatus: GRPCStatus { statuses.grpc }

    /// What the code means, the same for every occurrence.
    package var title: String {
        switch self {
        case .invalidJSON: "The body is not JSON"
        case .invalidParameter: "A parameter of the request cannot be used"
        case .invalidCursor: "The cursor is not one of this query"
        case .validationFailed: "The input breaks a rule"
        case .unauthenticated: "An API key is needed"
        case .keyExpired: "The API key has expired or was revoked"
        case .quotaExceeded: "The message quota does not cover this"
        case .forbidden: "The API key lacks a permission"
        case .notFound: "There is no such resource"
        case .methodNotAllowed: "The resource does not have this method"
        case .notAcceptable: "The resource does not have this form"
        case .alreadyExists: "The id is taken"
        case .actionNotAllowed: "The state does not allow this action"
        case .templateNotPublished: "The template version is not published"
        case .referenceInUse: "Something still refers to the resource"
        case .limitReached: "There are as many as there may be"
        case .audienceEmpty: "The campaign has no recipients"
        case .idempotencyInProgress: "The first request with this key has not ended"
        case .idempotencyKeyReused: "The key belongs to another request"
        case .payloadTooLarge: "The body is too large"
        case .unsupportedMediaType: "The body has a type that is not taken here"
        case .shuttingDown: "The server is shutting down"
        case .storageFull: "The disk is full"
        case .internalError: "The server failed"
        }
    }
}
