/// The names of one scope of a template and where each of them lives.
///
/// This follows the rules of Jinja2: a scope is a tag's body, a variable that a scope assigns is a
/// variable of its own from the start of that scope, and what it was outside is what it is until
/// then (`Origin.alias`). The branches of an `if` belong to the scope around them.
final class Scope {
    /// A variable: the level of the scope that owns it and its name.
    ///
    /// Scopes of one level that follow one another share their variables.
    struct Variable: Hashable {
        let level: Int
        let name: String
    }

    /// What a variable is when its scope begins.
    enum Origin {
        /// Given by whoever enters the scope.
        case parameter
        /// Looked up in the context.
        case context
        /// The value of an outer variable.
        case alias(Variable)
        /// Absent.
        case unset
    }

    let level: Int
    let parent: Scope?
    /// The function whose locals hold the variables.
    let function: FunctionBuilder
    private(set) var variables: [String: Variable] = [:]
    private(set) var origins: [Variable: Origin] = [:]
    private(set) var assigned: Set<String> = []
    /// The order in which variables appeared, so that code comes out the same every time.
    private(set) var order: [Variable] = []

    init(parent: Scope?, function: FunctionBuilder, level: Int? = nil) {
        self.parent = parent
        self.function = function
        self.level = level ?? (parent.map { $0.level + 1 } ?? 0)
        base = nil
    }

    /// Of a branch, the scope that it belongs to: the branch itself has only what it changes.
    private let base: Scope?

    private init(branchOf base: Scope) {
        level = base.level
        parent = base.parent
        function = base.function
        self.base = base
    }

    private func variable(named name: String) -> Variable? {
        variables[name] ?? base?.variable(named: name)
    }

    private func isAssigned(_ name: String) -> Bool {
        assigned.contains(name) || base?.isAssigned(name) == true
    }

    /// The variable of a name here or further out, with the scope that has it.
    func find(_ name: String) -> (variable: Variable, scope: Scope)? {
        var scope: Scope? = self
        while let current = scope {
            if let variable = current.variable(named: name) { return (variable, current) }
            scope = current.parent
        }
        return nil
    }

    func origin(of variable: Variable) -> Origin? {
        var scope: Scope? = self
        while let current = scope {
            if let origin = current.origins[variable] ?? current.base?.origin(of: variable) {
                return origin
            }
            scope = current.parent
        }
        return nil
    }

    /// Every name that this scope or one around it assigns.
    var visibleAssigned: [(name: String, variable: Variable, scope: Scope)] {
        var result: [(String, Variable, Scope)] = []
        var seen: Set<String> = []
        var scope: Scope? = self
        while let current = scope {
            for name in current.assigned.sorted() where seen.insert(name).inserted {
                if let found = find(name) { result.append((name, found.variable, found.scope)) }
            }
            scope = current.parent
        }
        return result
    }

    // MARK: Declaring

    private func define(_ name: String, _ origin: Origin) {
        let variable = Variable(level: level, name: name)
        variables[name] = variable
        if origins.updateValue(origin, forKey: variable) == nil { order.append(variable) }
    }

    func assign(_ name: String) {
        assigned.insert(name)
        guard variable(named: name) == nil else { return }
        if let outer = parent?.find(name) {
            define(name, .alias(outer.variable))
        } else {
            define(name, .unset)
        }
    }

    func declareParameter(_ name: String) {
        assigned.insert(name)
        define(name, .parameter)
    }

    func use(_ name: String) {
        if find(name) == nil { define(name, .context) }
    }

    /// Joins what the branches of an `if` did: a name that only some of them assign is looked up
    /// before it, so that it is right behind it whichever branch ran.
    private func join(_ branches: [Scope]) {
        var news: Set<String> = []
        for branch in branches { news.formUnion(branch.assigned) }
        news = news.filter { !isAssigned($0) }
        for branch in branches {
            variables.merge(branch.variables) { $1 }
            for variable in branch.order {
                if origins.updateValue(branch.origins[variable]!, forKey: variable) == nil {
                    order.append(variable)
                }
            }
            assigned.formUnion(branch.assigned)
        }
        for name in news.sorted() {
            guard let target = find(name)?.variable else { continue }
            let origin: Origin = parent?.find(name).map { .alias($0.variable) } ?? .context
            if origins.updateValue(origin, forKey: target) == nil { order.append(target) }
        }
    }

    // MARK: Looking at a body

    func visit(_ body: [Statement]) {
        for statement in body { visit(statement) }
    }

    func visit(_ target: AssignmentTarget, asParameter: Bool = false) {
        switch target {
        case .name(let name, _): asParameter ? declareParameter(name) : assign(name)
        case .attribute(let name, _, _): use(name)
        case .tuple(let targets, _):
            for target in targets { visit(target, asParameter: asParameter) }
        }
    }

    func visit(_ expression: Expression) {
        if case .name(let name) = expression.kind { use(name) }
        for child in expression.children { visit(child) }
    }

    private func visit(_ statement: Statement) {
        switch statement.kind {
        case .text, .field, .breakLoop, .continueLoop, .block, .autoescape: break
        case .print(let value), .evaluate(let value), .extends(let value),
            .include(let value, _, _), .filterBlock(let value, _), .callBlock(let value, _):
            visit(value)
        case .choice(let branches, let otherwise): visit(branches[...], otherwise)
        case .loop(let loop): visit(loop.iterable)
        case .set(let target, let value):
            visit(value)
            visit(target)
        case .capture(let target, _, _): visit(target)
        case .with(let bindings, _): for binding in bindings { visit(binding.value) }
        case .macro(let macro): assign(macro.name)
        case .importModule(let value, let name, _):
            visit(value)
            assign(name)
        case .importNames(let value, let names, _):
            visit(value)
            for name in names { assign(name.alias) }
        }
    }

    /// The first branch's test belongs to the scope; `elif` branches are an `if` of their own.
    private func visit(_ branches: ArraySlice<Statement.Branch>, _ otherwise: [Statement]) {
        guard let first = branches.first else { return }
        visit(first.test)
        let body = Scope(branchOf: self)
        body.visit(first.body)
        var scopes = [body]
        // A branch that is not there would join in nothing.
        if branches.count > 1 {
            let elifs = Scope(branchOf: self)
            for branch in branches.dropFirst() {
                elifs.visit([branch][...], [])
            }
            scopes.append(elifs)
        }
        if !otherwise.isEmpty {
            let rest = Scope(branchOf: self)
            rest.visit(otherwise)
            scopes.append(rest)
        }
        join(scopes)
    }
}
