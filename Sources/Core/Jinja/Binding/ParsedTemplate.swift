/// A template whose syntax is known to be right, not yet bound to variables.
package struct ParsedTemplate: Sendable {
    /// The name that messages and `include` use.
    package let name: String
    /// How the source was read, and what its output becomes.
    package let options: TemplateOptions
    let source: Source
    let body: [Statement]
    let facts: TemplateFacts
    /// The templates in the strings of a payload; empty for any other template.
    let fields: [ParsedTemplate]

    /// Parses a template of at most `JinjaLimits.templateBytes` bytes.
    ///
    /// Bytes that are not UTF-8 are an error.
    ///
    /// - Throws: `TemplateError` with every mistake that could be found.
    @unsafe
    init(
        _ bytes: UnsafeRawBufferPointer, name: String, options: TemplateOptions
    ) throws(TemplateError) {
        self.name = name
        self.options = options
        fields = []
        source = unsafe Source(
            bytes, name: name, keepTrailingNewline: options.keepTrailingNewline)
        var parser = Parser(source, options: options)
        var faults: [Parser.Fault] = []
        if String(validating: source.bytes, as: UTF8.self) == nil {
            faults.append(Parser.Fault(message: "the template is not valid UTF-8", offset: 0))
            body = []
        } else {
            body = parser.parse()
            faults = parser.faults
        }
        facts = TemplateFacts(body)
        if faults.isEmpty { faults = TemplateChecker.check(body, facts) }
        guard faults.isEmpty else {
            throw TemplateError(diagnostics: faults.map { source.diagnostic($0) })
        }
    }

    /// Makes the template of a payload from its parts.
    init(
        name: String, options: TemplateOptions, source: Source, body: [Statement],
        fields: [ParsedTemplate]
    ) {
        self.name = name
        self.options = options
        self.source = source
        self.body = body
        self.fields = fields
        facts = TemplateFacts(body)
    }

    /// Binds the template to the variables of an audience, ready to render.
    ///
    /// - Parameters:
    ///   - layout: Where the variables come from.
    ///   - others: The templates that `include`, `import` and `extends` may name.
    /// - Returns: The compiled template, which any number of threads may render.
    /// - Throws: `TemplateError` if a limit of the compiler is reached.
    package func bind(
        layout: VariableLayout, others: [ParsedTemplate] = []
    ) throws(TemplateError) -> Template {
        guard fields.count + others.count < JinjaLimits.templatesPerBind else {
            throw limit(
                "it has more than \(JinjaLimits.templatesPerBind) fields and other templates")
        }
        let compiler = TemplateCompiler(units: [self] + fields + others, layout: layout)
        do throws(TemplateCompiler.Limit) {
            try compiler.compile()
        } catch {
            throw limit(error.message)
        }
        return Template(compiler)
    }

    private func limit(_ message: String) -> TemplateError {
        TemplateError(diagnostics: [
            source.diagnostic(Parser.Fault(message: message, offset: 0, kind: .limit))
        ])
    }
}

extension Source {
    func diagnostic(_ fault: Parser.Fault) -> TemplateError.Diagnostic {
        let offset = Int(fault.offset)
        return TemplateError.Diagnostic(
            kind: fault.kind, template: name, line: line(at: offset), column: column(at: offset),
            message: fault.message, sourceLine: lineText(at: offset))
    }
}
