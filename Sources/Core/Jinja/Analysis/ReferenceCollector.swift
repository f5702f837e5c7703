/// Collects the places where a template reads what it has not assigned itself.
///
/// Names that the template binds to a part of a variable stand for that part: in
/// `{% for item in order.items %}` the name `item` is `order.items[]`.
struct ReferenceCollector {
    private enum Meaning {
        /// The template's own.
        case local
        case alias(VariablePath)
    }

    private(set) var references: [VariableReference] = []
    private var scopes: [[String: Meaning]] = [["self": .local, "super": .local]]
    /// What an `if` around the current place has asked for.
    private var guards: [Set<VariablePath>] = []

    static func collect(_ body: [Statement]) -> [VariableReference] {
        var collector = ReferenceCollector()
        collector.visit(body)
        return collector.references
    }

    // MARK: Statements

    private mutating func visit(_ body: [Statement]) {
        for statement in body { visit(statement) }
    }

    private mutating func visit(_ statement: Statement) {
        switch statement.kind {
        case .text, .field, .breakLoop, .continueLoop: break
        case .print(let value), .evaluate(let value), .extends(let value),
            .include(let value, _, _):
            visit(value)
        case .choice(let branches, let otherwise): visitChoice(branches, otherwise)
        case .loop(let loop): visitLoop(loop)
        case .set(let target, let value):
            visit(value)
            bind(target, to: value)
        case .capture(let target, let filter, let body):
            if let filter { visit(filter) }
            inScope { $0.visit(body) }
            bind(target, to: nil)
        case .with(let bindings, let body):
            for binding in bindings { visit(binding.value) }
            inScope {
                for binding in bindings { $0.bind(binding.target, to: binding.value) }
                $0.visit(body)
            }
        case .macro(let macro):
            bindLocal(macro.name)
            visitMacro(macro)
        case .callBlock(let call, let macro):
            visit(call)
            visitMacro(macro)
        case .filterBlock(let filter, let body):
            visit(filter)
            inScope { $0.visit(body) }
        case .block(let block): inScope { $0.visit(block.body) }
        case .importModule(let name, let alias, _):
            visit(name)
            bindLocal(alias)
        case .importNames(let name, let names, _):
            visit(name)
            for item in names { bindLocal(item.alias) }
        case .autoescape(let mode, let body):
            visit(mode)
            inScope { $0.visit(body) }
        }
    }

    private mutating func visitChoice(_ branches: [Statement.Branch], _ otherwise: [Statement]) {
        for branch in branches {
            visit(branch.test, as: .condition)
            under(branch.test) { $0.visit(branch.body) }
        }
        visit(otherwise)
    }

    private mutating func visitLoop(_ loop: Statement.ForLoop) {
        visit(loop.iterable, as: .loop)
        inScope { collector in
            collector.bindLocal("loop")
            for name in loop.target.names { collector.bindLocal(name) }
            if case .name(let name, _) = loop.target,
                var path = collector.path(of: Self.listed(loop.iterable))
            {
                path.steps.append(.item)
                collector.scopes[collector.scopes.count - 1][name] = .alias(path)
            }
            if let test = loop.test {
                collector.visit(test, as: .condition)
                collector.under(test) { $0.visit(loop.body) }
            } else {
                collector.visit(loop.body)
            }
        }
        visit(loop.otherwise)
    }

    private mutating func visitMacro(_ macro: Statement.Macro) {
        for parameter in macro.parameters {
            if let value = parameter.defaultValue { visit(value) }
        }
        inScope { collector in
            for name in ["caller", "varargs", "kwargs"] { collector.bindLocal(name) }
            for parameter in macro.parameters { collector.bindLocal(parameter.name) }
            collector.visit(macro.body)
        }
    }

    // MARK: Names

    private mutating func inScope(_ body: (inout ReferenceCollector) -> Void) {
        scopes.append([:])
        body(&self)
        scopes.removeLast()
    }

    /// Visits what is reached only if a test holds.
    private mutating func under(
        _ test: Expression, _ body: (inout ReferenceCollector) -> Void
    ) {
        guards.append(guarded(by: test))
        body(&self)
        guards.removeLast()
    }

    private mutating func bindLocal(_ name: String) {
        scopes[scopes.count - 1][name] = .local
    }

    private mutating func bind(_ target: AssignmentTarget, to value: Expression?) {
        if case .name(let name, _) = target, let path = value.flatMap({ path(of: $0) }) {
            scopes[scopes.count - 1][name] = .alias(path)
        } else {
            for name in target.names { bindLocal(name) }
        }
    }

    /// What filters that only choose or order items are applied to.
    private static func listed(_ expression: Expression) -> Expression {
        guard case .filter(let value?, let name, _) = expression.kind,
            [
                "sort", "reverse", "list", "unique", "select", "reject", "selectattr", "rejectattr",
                "default", "d",
            ].contains(name)
        else { return expression }
        return listed(value)
    }

    /// The variable that an expression is, or is a part of.
    private func path(of expression: Expression) -> VariablePath? {
        switch expression.kind {
        case .name(let name):
            for scope in scopes.reversed() {
                switch scope[name] {
                case .local: return nil
                case .alias(let path): return path
                case nil: continue
                }
            }
            return VariablePath(name)
        case .attribute(let object, let name): return path(of: object, then: .field(name))
        case .item(let object, let key):
            if case .string(let bytes) = key.kind {
                return path(of: object, then: .field(String(decoding: bytes, as: UTF8.self)))
            }
            // A number may be the key of a dict as well, but JSON has none of those.
            if case .int = key.kind { return path(of: object, then: .item) }
            return nil
        default: return nil
        }
    }

    private func path(of object: Expression, then step: VariablePath.Step) -> VariablePath? {
        guard var path = path(of: object) else { return nil }
        path.steps.append(step)
        return path
    }

    /// What is certainly there where a test holds.
    private func guarded(by test: Expression) -> Set<VariablePath> {
        switch test.kind {
        case .name, .attribute, .item: path(of: test).map { [$0] } ?? []
        case .test(let value, "defined", _): guarded(by: value)
        case .and(let left, let right): guarded(by: left).union(guarded(by: right))
        case .compare(let value, _): guarded(by: value)
        case .filter(let value?, _, _): guarded(by: value)
        default: []
        }
    }

    // MARK: Expressions

    private mutating func visit(
        _ expression: Expression, as usage: VariableReference.Usage = .value,
        isGuarded: Bool = false
    ) {
        switch expression.kind {
        case .name(let name):
            // A name of a function is the function, unless there is a variable of that name.
            if GlobalFunction.names[name] == nil { note(expression, usage, isGuarded) }
        case .attribute(let object, _):
            if path(of: expression) == nil {
                visit(object)
            } else {
                note(expression, usage, isGuarded)
            }
        case .item(let object, let key):
            visit(key)
            if path(of: expression) == nil {
                visit(object)
            } else {
                note(expression, usage, isGuarded)
            }
        case .call(let callee, let arguments):
            visitCallee(callee, isGuarded)
            for argument in arguments.all { visit(argument) }
        case .filter(let value?, let name, let arguments):
            let isDefault = name == "default" || name == "d"
            visit(value, isGuarded: isGuarded || isDefault)
            for argument in arguments.all { visit(argument) }
        case .test(let value, let name, let arguments):
            let isAsked = name == "defined" || name == "undefined"
            visit(value, as: isAsked ? .condition : .value, isGuarded: isGuarded)
            for argument in arguments.all { visit(argument) }
        case .not(let value): visit(value, as: .condition)
        case .and(let left, let right):
            visit(left, as: .condition)
            under(left) { $0.visit(right, as: usage, isGuarded: isGuarded) }
        case .or(let left, let right):
            visit(left, as: .condition)
            visit(right, as: usage, isGuarded: isGuarded)
        case .conditional(let test, let then, let otherwise):
            visit(test, as: .condition)
            under(test) { $0.visit(then, as: usage, isGuarded: isGuarded) }
            if let otherwise { visit(otherwise, as: usage, isGuarded: isGuarded) }
        default:
            for child in expression.children { visit(child) }
        }
    }

    private mutating func visitCallee(_ callee: Expression, _ isGuarded: Bool) {
        guard case .attribute(let object, let method) = callee.kind else {
            return visit(callee, isGuarded: isGuarded)
        }
        if path(of: object) == nil {
            visit(object)
        } else {
            note(object, .method(method), isGuarded)
        }
    }

    private mutating func note(
        _ expression: Expression, _ usage: VariableReference.Usage, _ isGuarded: Bool
    ) {
        guard let path = path(of: expression) else { return }
        let isCovered = usage == .condition || guards.contains { $0.contains(path) }
        references.append(
            VariableReference(
                path: path, usage: usage, isGuarded: isGuarded || isCovered,
                offset: expression.offset))
    }
}
