extension Template {
    /// Parses a payload: a JSON document in which each string may be a template.
    ///
    /// What the templates put out is escaped for the JSON string that they stand in, so that the
    /// output is JSON whatever the variables are. Everything else of the document is put out as it
    /// is, and the names of fields are no templates. A template has the name of the document, `#`
    /// and its path: `message.json#notification.title`.
    ///
    /// - Parameters:
    ///   - payload: The document as UTF-8, at most `JinjaLimits.templateBytes` bytes.
    ///   - name: What messages call it.
    ///   - options: How the templates are read; the output mode is the payload's own.
    /// - Returns: The template, its syntax known to be right.
    /// - Throws: `TemplateError` with the place where it is no JSON, or with every mistake that
    ///   could be found in its templates.
    package static func parse(
        payload: [UInt8], name: String, options: TemplateOptions = TemplateOptions()
    ) throws(TemplateError) -> ParsedTemplate {
        var plain = options
        plain.outputMode = .text
        // Outside of strings JSON has no line ends that matter, inside there are none.
        let source = unsafe payload.withUnsafeBytes { bytes in
            unsafe Source(bytes, name: name, keepTrailingNewline: options.keepTrailingNewline)
        }
        func fail(_ message: String, at offset: Int, _ kind: TemplateError.Diagnostic.Kind)
            -> TemplateError
        {
            let fault = Parser.Fault(message: message, offset: Int32(offset), kind: kind)
            return TemplateError(diagnostics: [source.diagnostic(fault)])
        }
        guard payload.count <= JinjaLimits.templateBytes else {
            throw fail(
                "the payload is larger than \(JinjaLimits.templateBytes) bytes", at: 0, .limit)
        }
        guard String(validating: source.bytes, as: UTF8.self) != nil else {
            throw fail("the payload is not valid UTF-8", at: 0, .syntax)
        }
        if let offset = JSONDocument.firstMistake(in: source.bytes) {
            throw fail("the payload is not JSON from here on", at: offset, .syntax)
        }
        var mistakes: [TemplateError.Diagnostic] = []
        var fields: [ParsedTemplate] = []
        var body: [Statement] = []
        var start = 0
        for field in PayloadReader.fields(of: source.bytes) {
            let range = field.range
            body.append(
                Statement(.text(Int32(start), Int32(range.lowerBound)), at: Int32(start)))
            body.append(Statement(.field(fields.count), at: Int32(range.lowerBound)))
            start = range.upperBound
            do throws(TemplateError) {
                fields.append(
                    try parse(
                        unquoted(source.bytes[range]), name: "\(name)#\(field.path)",
                        options: plain))
            } catch {
                mistakes += error.diagnostics
            }
        }
        body.append(Statement(.text(Int32(start), Int32(source.bytes.count)), at: Int32(start)))
        guard mistakes.isEmpty else {
            throw TemplateError(
                diagnostics: Array(mistakes.prefix(JinjaLimits.errorsReported)))
        }
        return ParsedTemplate(
            name: name, options: plain, source: source, body: body, fields: fields)
    }

    /// The text that the inside of a JSON string stands for.
    private static func unquoted(_ inside: ArraySlice<UInt8>) -> [UInt8] {
        let quote = [UInt8(ascii: "\"")]
        let document = JSONDocument(quote + Array(inside) + quote)
        guard let document, document.value.isString else {
            preconditionFailure("a string of a JSON document is a string")
        }
        return unsafe Array(document.value.text.bytes)
    }
}
