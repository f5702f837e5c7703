import CLibcurl
import Engine

/// What a target's specification must keep to.
enum TargetRules {
    /// Methods that carry a body.
    private static let methods = ["POST", "PUT", "PATCH", "DELETE"]

    /// Checks a specification by the rules of the port and by those of libcurl.
    ///
    /// - Parameter specification: The target to be prepared.
    /// - Throws: `TransportError` naming the field; its text repeats no value.
    static func check(_ specification: TargetSpecification) throws(TransportError) {
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
        for (index, field) in specification.fields.enumerated()
        where isTooLong(field.name, field.value) {
            throw TransportError(field: "header", message: "field \(index + 1) is too long")
        }
        if let url = specification.url, isTooLong(url) {
            throw TransportError(field: "url", message: "is too long")
        }
        try specification.check()
        guard let url = specification.url else { return }
        // As it will for each request.
        guard let parsed = unsafe parse(url) else {
            throw TransportError(field: "url", message: "is not an absolute URL")
        }
        unsafe free(parsed)
    }

    private static func isTooLong(_ parts: String...) -> Bool {
        parts.reduce(0) { $0 + $1.utf8.count } > CurlTransportLimits.fieldBytesMax
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
