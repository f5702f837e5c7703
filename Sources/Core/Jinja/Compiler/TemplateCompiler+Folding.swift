// What is the same for all recipients is rendered once, when the template is bound.
//
// 1. An expression is constant if every name in it is a constant of the layout, or is bound inside
//    the part that is folded, and nothing in it depends on more than its arguments: no macro, no
//    `random`, no method that changes its object.
// 2. A constant part is compiled on its own and rendered by a machine of the compiler's, in the
//    escaping mode of its place. If that fails, puts out something missing, or is long, the part is
//    compiled as any other: errors come when the message is rendered, as ever.

extension TemplateCompiler {
    /// What a printed expression puts out for everybody.
    func folded(_ value: Expression) -> [UInt8]? {
        guard isConstant(value, []) else { return nil }
        return folded(Statement(.print(value), at: value.offset))
    }

    /// What a constant loop, choice, scope or filter block puts out for everybody.
    func foldedBlock(_ statement: Statement) -> [UInt8]? {
        switch statement.kind {
        case .loop, .choice, .with, .filterBlock:
            isConstant(statement, [], isScoped: false) ? folded(statement) : nil
        default: nil
        }
    }

    /// Whether a test holds for everybody, or for nobody.
    func foldedTest(_ test: Expression) -> Bool? {
        guard isConstant(test, []) else { return nil }
        let one = Expression(.int(1), at: test.offset)
        let zero = Expression(.int(0), at: test.offset)
        let choice = Expression(
            .conditional(test: test, then: one, otherwise: zero), at: test.offset)
        return folded(Statement(.print(choice), at: test.offset)).map { $0 == Array("1".utf8) }
    }

    private func folded(_ statement: Statement) -> [UInt8]? {
        guard folds, autoescape != .dynamic, !usesMutators, folder.effortLeft > 0 else {
            return nil
        }
        let parsed = units[unit]
        var options = parsed.options
        options.outputMode = .text
        options.autoescape = autoescape == .html
        let part = ParsedTemplate(
            name: parsed.name, options: options, source: parsed.source, body: [statement],
            fields: [])
        let compiler = TemplateCompiler(units: [part], layout: layout, folds: false)
        do throws(Limit) { try compiler.compile() } catch { return nil }
        return compiler.slots.isEmpty ? folder.output(of: Template(compiler)) : nil
    }

    // MARK: What is constant

    private func isConstant(
        _ body: [Statement], _ bound: Set<String>, isScoped: Bool
    ) -> Bool {
        var bound = bound
        for statement in body {
            if case .set(.name(let name, _), let value) = statement.kind, isScoped {
                guard isConstant(value, bound) else { return false }
                bound.insert(name)
                continue
            }
            guard isConstant(statement, bound, isScoped: isScoped) else { return false }
        }
        return true
    }

    /// Whether a statement is constant; `isScoped` says that what it assigns ends with the part.
    private func isConstant(
        _ statement: Statement, _ bound: Set<String>, isScoped: Bool
    ) -> Bool {
        switch statement.kind {
        case .text: return true
        case .breakLoop, .continueLoop: return isScoped
        case .print(let value): return isConstant(value, bound)
        case .choice(let branches, let otherwise):
            // What a branch assigns may be seen behind the choice: then nothing is folded.
            return branches.allSatisfy {
                isConstant($0.test, bound) && isConstant($0.body, bound, isScoped: false)
            } && isConstant(otherwise, bound, isScoped: false)
        case .loop(let loop):
            guard !loop.isRecursive, isConstant(loop.iterable, bound) else { return false }
            let inner = bound.union(loop.target.names).union(["loop"])
            return loop.test.map { isConstant($0, inner) } ?? true
                && isConstant(loop.body, inner, isScoped: true)
                && isConstant(loop.otherwise, bound, isScoped: false)
        case .with(let bindings, let body):
            guard bindings.allSatisfy({ isConstant($0.value, bound) }) else { return false }
            let inner = bound.union(bindings.flatMap(\.target.names))
            return isConstant(body, inner, isScoped: true)
        case .filterBlock(let filter, let body):
            return isConstant(filter, bound) && isConstant(body, bound, isScoped: true)
        default: return false
        }
    }

    private func isConstant(_ expression: Expression, _ bound: Set<String>) -> Bool {
        switch expression.kind {
        case .name(let name):
            return bound.contains(name) || isConstantNode(expression)
        case .attribute(let object, _):
            return isConstantNode(expression) || isConstant(object, bound)
        case .item(let object, let key):
            return isConstantNode(expression)
                || (isConstant(object, bound) && isConstant(key, bound))
        case .call(let callee, let arguments):
            guard arguments.all.allSatisfy({ isConstant($0, bound) }) else { return false }
            switch callee.kind {
            case .attribute(let object, _): return isConstant(object, bound)
            case .name(let name):
                return !bound.contains(name) && (name == "range" || name == "dict")
                    && layout[name] == nil && scope.find(name).map { isStored($0.variable) } != true
                    && !isContextual(name)
            default: return false
            }
        case .filter(let value, let name, let arguments):
            return name != "random" && BuiltinFilter.names[name] != nil
                && (value.map { isConstant($0, bound) } ?? true)
                && arguments.all.allSatisfy { isConstant($0, bound) }
        default: return expression.children.allSatisfy { isConstant($0, bound) }
        }
    }

    private func isConstantNode(_ expression: Expression) -> Bool {
        layoutNode(of: expression).map { isConstant($0.node) } ?? false
    }

    private func isConstant(_ node: VariableLayout.Node) -> Bool {
        switch node {
        case .slot: false
        case .constant: true
        case .object(let fields): fields.allSatisfy { isConstant($0.node) }
        }
    }
}
