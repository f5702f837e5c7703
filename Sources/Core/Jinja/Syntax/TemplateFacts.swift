/// What the compiler wants to know about a whole template before it looks at its parts.
struct TemplateFacts: Sendable {
    struct PlacedBlock: Sendable {
        let block: Statement.Block
        let offset: Int32
    }

    /// Every block, also those inside others.
    private(set) var blocks: [PlacedBlock] = []
    private(set) var hasExtends = false
    /// Every name that is assigned anywhere: what another template could be shown.
    private(set) var assignedNames: Set<String> = []
    /// Whether a method that changes a list or a dict is named anywhere, as a name or as text.
    private(set) var mentionsMutators = false

    /// Whether `self` is used as a name anywhere.
    private(set) var mentionsSelf = false
    /// Whether it includes or imports a template without context.
    private(set) var isolatesOthers = false

    init(_ body: [Statement]) {
        visit(body)
    }

    private mutating func visit(_ body: [Statement]) {
        for statement in body {
            switch statement.kind {
            case .block(let block):
                blocks.append(PlacedBlock(block: block, offset: statement.offset))
            case .extends: hasExtends = true
            case .set(let target, _), .capture(let target, _, _):
                assignedNames.formUnion(target.names)
            case .loop(let loop): assignedNames.formUnion(loop.target.names)
            case .with(let bindings, _):
                for binding in bindings { assignedNames.formUnion(binding.target.names) }
            case .macro(let macro), .callBlock(_, let macro):
                assignedNames.insert(macro.name)
                assignedNames.formUnion(macro.parameters.map(\.name))
            case .importModule(_, let name, let withContext):
                assignedNames.insert(name)
                if !withContext { isolatesOthers = true }
            case .importNames(_, let names, let withContext):
                assignedNames.formUnion(names.map(\.alias))
                if !withContext { isolatesOthers = true }
            case .include(_, _, let withContext): if !withContext { isolatesOthers = true }
            default: break
            }
            for expression in statement.expressions { visit(expression) }
            for value in statement.defaults { visit(value) }
            for inner in statement.bodies { visit(inner) }
        }
    }

    private mutating func visit(_ expression: Expression) {
        switch expression.kind {
        case .name("self"): mentionsSelf = true
        case .attribute(_, let name): note(name)
        case .string(let bytes): note(String(decoding: bytes, as: UTF8.self))
        default: break
        }
        for child in expression.children { visit(child) }
    }

    private mutating func note(_ name: String) {
        if MethodNames.mutators.contains(name) { mentionsMutators = true }
    }
}
