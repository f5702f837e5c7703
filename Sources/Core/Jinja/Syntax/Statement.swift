/// One node of a template's body.
struct Statement: Sendable {
    indirect enum Kind: Sendable {
        /// Text between tags, as a range of the source.
        case text(Int32, Int32)
        case print(Expression)
        /// The field of that number of a payload, inside a JSON string.
        case field(Int)
        case choice([Branch], otherwise: [Statement])
        case loop(ForLoop)
        case set(AssignmentTarget, Expression)
        /// `{% set x %}…{% endset %}` with the filters that were named.
        case capture(AssignmentTarget, filter: Expression?, [Statement])
        case with([Binding], [Statement])
        case macro(Macro)
        case callBlock(Expression, Macro)
        case filterBlock(Expression, [Statement])
        case block(Block)
        case extends(Expression)
        case include(Expression, ignoresMissing: Bool, withContext: Bool)
        case importModule(Expression, as: String, withContext: Bool)
        case importNames(Expression, [ImportedName], withContext: Bool)
        case autoescape(Expression, [Statement])
        case evaluate(Expression)
        case breakLoop
        case continueLoop
    }

    struct Branch: Sendable {
        let test: Expression
        let body: [Statement]
    }

    struct ForLoop: Sendable {
        let target: AssignmentTarget
        let iterable: Expression
        let test: Expression?
        let isRecursive: Bool
        let body: [Statement]
        let otherwise: [Statement]
    }

    struct Binding: Sendable {
        let target: AssignmentTarget
        let value: Expression
    }

    /// A macro, or the body of a `call` block.
    struct Macro: Sendable {
        struct Parameter: Sendable {
            let name: String
            let offset: Int32
            let defaultValue: Expression?
        }

        let name: String
        let parameters: [Parameter]
        let body: [Statement]
    }

    struct Block: Sendable {
        let name: String
        let isScoped: Bool
        let isRequired: Bool
        let body: [Statement]
    }

    struct ImportedName: Sendable {
        let name: String
        let alias: String
    }

    let kind: Kind
    let offset: Int32

    init(_ kind: Kind, at offset: Int32) {
        self.kind = kind
        self.offset = offset
    }
}

/// What an assignment writes to.
indirect enum AssignmentTarget: Sendable {
    case name(String, Int32)
    /// `ns.attribute`
    case attribute(String, String, Int32)
    case tuple([AssignmentTarget], Int32)

    /// The plain names, in order.
    var names: [String] {
        switch self {
        case .name(let name, _): [name]
        case .attribute: []
        case .tuple(let targets, _): targets.flatMap(\.names)
        }
    }
}

extension Statement {
    /// Calls `visit` on the expressions that belong to this statement itself.
    var expressions: [Expression] {
        switch kind {
        case .text, .field, .breakLoop, .continueLoop, .block, .macro: []
        case .print(let value), .set(_, let value), .filterBlock(let value, _),
            .extends(let value), .include(let value, _, _), .importModule(let value, _, _),
            .importNames(let value, _, _), .autoescape(let value, _), .evaluate(let value),
            .callBlock(let value, _):
            [value]
        case .choice(let branches, _): branches.map(\.test)
        case .loop(let loop): [loop.iterable] + (loop.test.map { [$0] } ?? [])
        case .capture(_, let filter, _): filter.map { [$0] } ?? []
        case .with(let bindings, _): bindings.map(\.value)
        }
    }

    /// The bodies directly below this statement.
    var bodies: [[Statement]] {
        switch kind {
        case .text, .field, .print, .set, .extends, .include, .importModule, .importNames,
            .evaluate,
            .breakLoop, .continueLoop:
            []
        case .choice(let branches, let otherwise): branches.map(\.body) + [otherwise]
        case .loop(let loop): [loop.body, loop.otherwise]
        case .capture(_, _, let body), .with(_, let body), .filterBlock(_, let body),
            .autoescape(_, let body):
            [body]
        case .macro(let macro), .callBlock(_, let macro): [macro.body]
        case .block(let block): [block.body]
        }
    }

    /// The defaults of a macro's parameters.
    var defaults: [Expression] {
        switch kind {
        case .macro(let macro), .callBlock(_, let macro):
            macro.parameters.compactMap(\.defaultValue)
        default: []
        }
    }
}
