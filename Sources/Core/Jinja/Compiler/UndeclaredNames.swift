/// Finds which of a few special names a body uses before it assigns them.
struct UndeclaredNames {
    private var wanted: Set<String>
    private(set) var found: Set<String> = []

    static func among(_ names: Set<String>, in body: [Statement]) -> Set<String> {
        var visitor = UndeclaredNames(wanted: names)
        visitor.visit(body)
        return visitor.found
    }

    private init(wanted: Set<String>) {
        self.wanted = wanted
    }

    private mutating func visit(_ body: [Statement]) {
        for statement in body { visit(statement) }
    }

    private mutating func visit(_ expression: Expression) {
        if case .name(let name) = expression.kind, wanted.contains(name) { found.insert(name) }
        for child in expression.children { visit(child) }
    }

    private mutating func visit(_ target: AssignmentTarget) {
        for name in target.names { wanted.remove(name) }
    }

    private mutating func visit(_ statement: Statement) {
        switch statement.kind {
        case .block: return
        case .loop(let loop):
            visit(loop.target)
            for expression in statement.expressions { visit(expression) }
        case .macro(let macro), .callBlock(_, let macro):
            for expression in statement.expressions { visit(expression) }
            for parameter in macro.parameters { wanted.remove(parameter.name) }
            for value in statement.defaults { visit(value) }
        case .set(let target, let value):
            // Jinja looks at the target first.
            visit(target)
            visit(value)
        case .capture(let target, let filter, _):
            visit(target)
            if let filter { visit(filter) }
        case .with(let bindings, _):
            for binding in bindings { visit(binding.target) }
            for binding in bindings { visit(binding.value) }
        default:
            for expression in statement.expressions { visit(expression) }
        }
        for body in statement.bodies { visit(body) }
    }
}
