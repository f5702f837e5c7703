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
            answer.fieldNames.allSatisfy(isToken)
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
        guard isToken(name) else { throw refuse("has a name that is not a token") }
        guard value.utf8.allSatisfy({ ($0 >= 0x20 && $0 != 0x7f) || $0 == 0x09 }) else {
            throw refuse("contains a control character")
        }
    }

    private static func isToken(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy(isTokenByte)
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    /// Lets libcurl parse the URL, as it will for each request.
    private static func check(url: String) throws(TransportError) {
        func refuse(_ reason: String) -> TransportError {
            TransportError(field: "url", message: reason)
        }
        guard url.utf8.count <= CurlTransportLimits.fieldBytesMax else {
            throw refuse("is too long")
        }
        guard !url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f }) else {
            throw refuse("contains a space or a control character")
        }
        guard let parsed = unsafe parse(url) else { throw refuse("is not an absolute URL") }
        defer { unsafe curl_url_cleanup(parsed) }
        guard let scheme = unsafe part(CURLUPART_SCHEME, of: parsed),
            unsafe part(CURLUPART_HOST, of: parsed)?.isEmpty == false
        else { throw refuse("is not an absolute URL") }
        guard scheme == "https" || scheme == "http" else {
            throw refuse("must begin with https:// or http://")
        }
        guard unsafe part(CURLUPART_USER, of: parsed) == nil,
            unsafe part(CURLUPART_PASSWORD, of: parsed) == nil
        else { throw refuse("must not contain a user name or password") }
    }

    /// Parses an absolute URL, `nil` when it is not one; the caller frees it with
    /// `curl_url_cleanup`.
    static func parse(_ url: String) -> OpaquePointer? {
        guard let parsed = unsafe curl_url() else { return nil }
        if unsafe curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK { return unsafe parsed }
        unsafe curl_url_cleanup(parsed)
        return nil
    }

    private static func part(_ which: CURLUPart, of url: OpaquePointer) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard unsafe curl_url_get(url, which, &text, 0) == CURLUE_OK, let found = unsafe text else {
            return nil
        }
        defer { unsafe curl_free(found) }
        return unsafe String(cString: found)
    }
}
