/// What is the same for every request of a campaign to its destination.
package struct TargetSpecification: Sendable {
    /// The URL of every request; `nil` when each request brings its own address.
    package var url: String?
    /// The HTTP method of every request.
    package var method: String
    /// The header fields that never change.
    package var fields: [HeaderField]
    /// What the fields are called whose values each request brings, in their order.
    ///
    /// Set by `SendPlan` to the idempotency key's, the message's and the provider's.
    package var requestFieldNames: [String]
    /// What is kept of each answer beside its status.
    ///
    /// Set by `SendPlan` to what the provider asks for.
    package var answer: AnswerParts
    /// From the start of a request to the end of its answer.
    package var timeoutMilliseconds: Int
    /// From the start of a request to a connection that it can use.
    package var connectTimeoutMilliseconds: Int
    /// Whether loopback, private and link-local addresses may be dialled.
    ///
    /// Checked on the address itself when a connection is opened; connections are never shared
    /// between the two policies.
    package var allowsPrivateNetworks: Bool
    /// Whether the transport must not put a request on the wire a second time by itself.
    package var forbidsResend: Bool

    /// Describes a destination.
    package init(
        url: String?, method: String, fields: [HeaderField], requestFieldNames: [String] = [],
        answer: AnswerParts = AnswerParts(), timeoutMilliseconds: Int,
        connectTimeoutMilliseconds: Int, allowsPrivateNetworks: Bool, forbidsResend: Bool
    ) {
        self.url = url
        self.method = method
        self.fields = fields
        self.requestFieldNames = requestFieldNames
        self.answer = answer
        self.timeoutMilliseconds = timeoutMilliseconds
        self.connectTimeoutMilliseconds = connectTimeoutMilliseconds
        self.allowsPrivateNetworks = allowsPrivateNetworks
        self.forbidsResend = forbidsResend
    }
}

/// A header field with its value.
package struct HeaderField: Equatable, Sendable {
    /// A token, as RFC 9110 has it; in any case.
    package var name: String
    /// Without line breaks and other control characters but a tab.
    package var value: String

    /// Joins a name and a value.
    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// What a transport keeps of an answer beside its status and its Retry-After.
package struct AnswerParts: Equatable, Sendable {
    /// The first bytes of the body, at most so many; up to `EngineLimits.answerBodyBytesMax`.
    package var bodyBytesMax: Int
    /// The header fields to keep; up to `EngineLimits.answerFieldsMax`.
    ///
    /// Of several fields of one name the first is kept; a value of more than
    /// `EngineLimits.answerFieldBytesMax` is not.
    package var fieldNames: [String]

    /// Asks for parts of answers, for none by default.
    package init(bodyBytesMax: Int = 0, fieldNames: [String] = []) {
        self.bodyBytesMax = bodyBytesMax
        self.fieldNames = fieldNames
    }

    /// Whether nothing is kept.
    package var isEmpty: Bool { bodyBytesMax == 0 && fieldNames.isEmpty }
}

extension TargetSpecification {
    /// Checks what no transport may take; each may refuse more.
    ///
    /// - Throws: `TransportError` naming the field. Texts never repeat values, which may hold
    ///   secrets.
    package func check() throws(TransportError) {
        if let url { try Self.check(url: url) }
        guard HeaderField.isName(method.utf8) else {
            throw TransportError(field: "method", message: "is not a token")
        }
        for (index, field) in fields.enumerated() {
            try Self.check(name: field.name, value: field.value, number: index + 1)
        }
        for (index, name) in requestFieldNames.enumerated() {
            try Self.check(name: name, value: "", number: fields.count + index + 1)
        }
        guard (0...EngineLimits.answerBodyBytesMax).contains(answer.bodyBytesMax),
            answer.fieldNames.count <= EngineLimits.answerFieldsMax,
            answer.fieldNames.allSatisfy({ HeaderField.isName($0.utf8) })
        else {
            throw TransportError(field: "answer", message: "asks for more than can be kept")
        }
        let milliseconds = 1...Int(Int32.max)
        guard milliseconds.contains(timeoutMilliseconds),
            milliseconds.contains(connectTimeoutMilliseconds)
        else {
            throw TransportError(field: "transport", message: "a timeout is not positive")
        }
    }

    private static func check(
        name: String, value: String, number: Int
    ) throws(TransportError) {
        func refuse(_ reason: String) -> TransportError {
            TransportError(field: "header", message: "field \(number) \(reason)")
        }
        guard HeaderField.isName(name.utf8) else { throw refuse("has a name that is not a token") }
        guard HeaderField.isValue(value.utf8) else {
            throw refuse("contains a control character")
        }
    }

    private static func check(url text: String) throws(TransportError) {
        func refuse(_ reason: String) -> TransportError {
            TransportError(field: "url", message: reason)
        }
        let url: HTTPURL
        do throws(HTTPURL.Fault) {
            url = try HTTPURL(text)
        } catch {
            switch error {
            case .blank: throw refuse("contains a space or a control character")
            case .scheme where text.contains("://"):
                throw refuse("must begin with https:// or http://")
            case .scheme, .noHost: throw refuse("is not an absolute URL")
            case .host: throw refuse("has a host with a character that no name or address has")
            case .port: throw refuse("has a port that is no number from 1 to 65535")
            case .userInfo: throw refuse("must not contain a user name or password")
            }
        }
        guard !url.hasUserInfo else { throw refuse("must not contain a user name or password") }
    }
}
