extension VariableSchema {
    /// Checks that a template asks for nothing that the variables do not have.
    ///
    /// Errors: a variable or field that is not in the schema, a field of a value that has none, a
    /// loop over a value that cannot be looped over. Warnings: a variable that may be missing and
    /// is neither required, nor has a default, nor is guarded in the template.
    ///
    /// - Returns: Each finding once, in the order of the template.
    package func check(_ template: ParsedTemplate) -> [SchemaFinding] {
        var seen: Set<String> = []
        var findings: [SchemaFinding] = []
        for part in [template] + template.fields {
            for reference in ReferenceCollector.collect(part.body) {
                guard let (severity, message) = finding(reference),
                    seen.insert(message).inserted
                else { continue }
                findings.append(
                    SchemaFinding(
                        severity: severity,
                        diagnostic: part.source.diagnostic(
                            Parser.Fault(
                                message: message, offset: reference.offset, kind: .variable))))
            }
        }
        return findings
    }

    /// The variables that a template does not use, in the order of the schema.
    package func unused(by template: ParsedTemplate) -> [String] {
        let used = Set(template.references.map(\.path.root))
        return variables.map(\.name).filter { !used.contains($0) }
    }

    private func finding(
        _ reference: VariableReference
    ) -> (severity: SchemaFinding.Severity, message: String)? {
        var shape = Shape(.object(variables, isOpen: isOpen))
        var path: VariablePath?
        var mayBeMissing: VariablePath?
        for step in [.field(reference.path.root)] + reference.path.steps {
            let here = path.map { VariablePath($0.root, $0.steps + [step]) }
            switch (step, shape.kind) {
            case (_, .any): return nil
            case (.field(let name), .object(let properties, let isOpen)):
                let inner = here ?? VariablePath(name)
                guard let property = properties.first(where: { $0.name == name }) else {
                    if isOpen { return nil }
                    let hint = Suggestion.hint(for: name, among: properties.map(\.name))
                    let what = path.map { "'\($0)' has no field '\(name)'" }
                    return (.error, (what ?? "unknown variable '\(name)'") + hint)
                }
                if !property.isRequired && !property.hasDefault { mayBeMissing = inner }
                shape = property.shape
                path = inner
            case (.item, .array(let item)):
                shape = item
                path = here
            case (.item, .string): return nil
            case (.field(let name), _):
                guard let path else { return nil }
                return (.error, "'\(path)' is \(shape.kind.phrase) and has no field '\(name)'")
            case (.item, _):
                guard let path else { return nil }
                return (.error, "'\(path)' is \(shape.kind.phrase) and has no items")
            }
        }
        if let problem = misuse(reference, shape.kind) { return (.error, problem) }
        guard let mayBeMissing, !reference.isGuarded else { return nil }
        return (
            .warning,
            "'\(mayBeMissing)' may be missing: it is not required, and neither a default nor an "
                + "'if' guards it here"
        )
    }

    private func misuse(_ reference: VariableReference, _ kind: Kind) -> String? {
        switch (reference.usage, kind) {
        case (.loop, .number), (.loop, .integer), (.loop, .boolean):
            return "'\(reference.path)' is \(kind.phrase) and cannot be looped over"
        case (.method(let name), .string): return unknown(name, MethodNames.string, reference, kind)
        case (.method(let name), .array): return unknown(name, MethodNames.list, reference, kind)
        case (.method(let name), .object(let properties, let isOpen)):
            let isField = isOpen || properties.contains { $0.name == name }
            return isField ? nil : unknown(name, MethodNames.dict, reference, kind)
        default: return nil
        }
    }

    private func unknown(
        _ method: String, _ known: Set<String>, _ reference: VariableReference, _ kind: Kind
    ) -> String? {
        guard !known.contains(method) else { return nil }
        let hint = Suggestion.hint(for: method, among: known)
        return "'\(reference.path)' is \(kind.phrase) and has no method '\(method)'\(hint)"
    }
}
