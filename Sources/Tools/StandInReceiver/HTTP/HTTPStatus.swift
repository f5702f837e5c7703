/// An HTTP status code, from 100 to 599.
package struct HTTPStatus: Hashable, Comparable, BitwiseCopyable, Sendable {
    /// From 100 to 599.
    package let code: UInt16

    /// Makes a status of its number; one outside 100 to 599 is a bug.
    ///
    /// - Parameter code: The number.
    package init(_ code: UInt16) {
        precondition((100...599).contains(code), "An HTTP status is a number from 100 to 599.")
        self.code = code
    }

    package static func < (left: HTTPStatus, right: HTTPStatus) -> Bool { left.code < right.code }

    static let goOn = HTTPStatus(100)
    static let ok = HTTPStatus(200)
    static let notFound = HTTPStatus(404)
    static let methodNotAllowed = HTTPStatus(405)

    /// Whether the provider has taken the message.
    var isAccepted: Bool { code >= 200 && code < 300 }

    /// Whether an answer with it says when to come back.
    var carriesRetryAfter: Bool { code == 429 || code == 503 }

    /// Whether an answer with it has no body and no length either.
    var isBodiless: Bool { code < 200 || code == 204 || code == 304 }

    /// The reason phrase; empty for codes that have none here, which HTTP allows.
    var reason: String {
        switch code {
        case 100: "Continue"
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 301: "Moved Permanently"
        case 302: "Found"
        case 304: "Not Modified"
        case 307: "Temporary Redirect"
        case 308: "Permanent Redirect"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 410: "Gone"
        case 413: "Content Too Large"
        case 422: "Unprocessable Content"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        default: ""
        }
    }
}
