/// A template whose syntax is known to be right, not yet bound to variables.
package struct ParsedTemplate: Sendable {
    /// The name that messages and `include` use.
    package let name: String
    package let options: TemplateOptions
    let source: Source
    let body: [Statement]
    let facts: TemplateFacts

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
        guard others.count < JinjaLimits.templatesPerBind else {
            throw limit("more than \(JinjaLimits.templatesPerBind) templates are given")
        }
        let compiler = TemplateCompiler(units: [self] + others, layout: layout)
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
