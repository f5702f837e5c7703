import CLibcurl
import Engine

/// What a target's specification must keep to.
enum TargetRules {
    /// Methods that carry a body.
    private static let methods = ["POST", "PUT", "PATCH", "DELETE"]

    /// Checks a specification; texts of errors never repeat its values, which may hold secrets.
    ///
    /// - Parameter specification: The target to be prepared.
    /// - Throws: `TransportError` naming the field.
    static func check(_ specification: TargetSpecification) throws(TransportError) {
        if let url = specification.url { try check(url: url) }
        guard methods.contains(specification.method) else {
            throw TransportError(
                field: "method", message: "must be one of \(methods.joined(separator: ", "))")
        }
        let fieldsMax = CurlTransportLimits.headerFieldsMax
        guard specification.fields.count <= fieldsMax,
            specification.requestFieldNames.count <= fieldsMax
        else {
            throw TransportError(field: "header", message: "more than \(fieldsMax) fields")
        }
        for (index, field) in specification.fields.enumerated() {
            try check(name: field.name, value: field.value, number: index + 1)
        }
        for (index, name) in specification.requestFieldNames.enumerated() {
            try check(name: name, value: "", number: specification.fields.count + index + 1)
        }
        let answer = specification.answer
        guard (0...EngineLimits.answerBodyBytesMax).contains(answer.bodyBytesMax),
            answer.fieldNames.count <= EngineLimits.answerFieldsMax,
            answer.fieldNames.allSatisfy({ HeaderField.isName($0.utf8) })
        else {
            throw TransportError(field: "answer", message: "asks for more than can be kept")
        }
        let milliseconds = 1...Int(Int32.max)
        guard milliseconds.contains(specification.timeoutMilliseconds),
            milliseconds.contains(specification.connectTimeoutMilliseconds)
        else {
            throw TransportError(field: "transport", message: "a timeout is not positive")
        }
    }

    /// Lines that keep libcurl from adding headers of its own: a line without a value removes a
    /// header.
    ///
    /// - Parameter names: The target's own fields, which win.
    /// - Returns: Lines to stand behind all others.
    static func linesToSuppress(_ names: [String]) -> [String] {
        // `Expect` would make large requests wait for the server's leave, `Content-Type` would
        // claim a form.
        ["Expect", "Content-Type", "Accept"].filter { name in
            !names.contains { $0.lowercased() == name.lowercased() }
        }.map { $0 + ":" }
    }

    private static func check(
        name: String, value: String, number: Int
    ) throws(TransportError) {
        func refuse(_ reason: String) -> TransportError {
            TransportError(field: "header", message: "field \(number) \(reason)")
        }
        guard name.utf8.count + value.utf8.count <= CurlTransportLimits.fieldBytesMax else {
            throw refuse("is too long")
        }
        guard HeaderField.isName(name.utf8) else { throw refuse("has a name that is not a token") }
        guard HeaderField.isValue(value.utf8) else {
            throw refuse("contains a control character")
        }
    }

    /// Checks the URL, and that libcurl can parse it, as it will for each request.
    private static func check(url text: String) throws(TransportError) {
        func refuse(_ reason: String) -> TransportError {
            TransportError(field: "url", message: reason)
        }
        guard text.utf8.count <= CurlTransportLimits.fieldBytesMax else {
            throw refuse("is too long")
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
        guard let parsed = unsafe parse(text) else { throw refuse("is not an absolute URL") }
        unsafe free(parsed)
    }

    /// Parses an absolute URL, `nil` when it is not one; the caller frees it.
    static func parse(_ url: String) -> OpaquePointer? {
        guard let parsed = unsafe curl_url() else { return nil }
        if unsafe curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK { return unsafe parsed }
        unsafe curl_url_cleanup(parsed)
        return nil
    }

    /// Frees a parsed URL.
    static func free(_ url: OpaquePointer?) { unsafe curl_url_cleanup(url) }
}
