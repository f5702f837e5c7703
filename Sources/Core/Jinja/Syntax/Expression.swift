/// One node of an expression.
struct Expression: Sendable {
    indirect enum Kind: Sendable {
        case name(String)
        case none
        case bool(Bool)
        case int(Int)
        /// An integer beyond 64 bits, as its source spells it without underscores.
        case bigInt(String)
        case float(Double)
        case string([UInt8])
        case list([Expression])
        case tuple([Expression])
        case dict([Pair])
        case attribute(Expression, String)
        case item(Expression, Expression)
        case slice(Expression?, Expression?, Expression?)
        case call(Expression, Arguments)
        /// A filter; without a value it filters a block's output.
        case filter(Expression?, String, Arguments)
        case test(Expression, String, Arguments)
        case negate(Expression)
        case plus(Expression)
        case not(Expression)
        case binary(Operator, Expression, Expression)
        case concat([Expression])
        case compare(Expression, [Comparison])
        case and(Expression, Expression)
        case or(Expression, Expression)
        case conditional(test: Expression, then: Expression, otherwise: Expression?)
    }

    enum Operator: UInt8, Sendable {
        case add, sub, mul, div, floorDiv, mod, pow
    }

    enum Comparator: UInt8, Sendable {
        case equal, notEqual, less, lessEqual, greater, greaterEqual, contained, notContained
    }

    struct Comparison: Sendable {
        let comparator: Comparator
        let operand: Expression
    }

    struct Pair: Sendable {
        let key: Expression
        let value: Expression
    }

    /// The arguments of a call, a filter or a test.
    struct Arguments: Sendable {
        struct Keyword: Sendable {
            let name: String
            let value: Expression
        }

        var positional: [Expression] = []
        var keywords: [Keyword] = []
        /// What `*args` gives.
        var spread: Expression?
        /// What `**kwargs` gives.
        var keywordSpread: Expression?

        var isEmpty: Bool {
            positional.isEmpty && keywords.isEmpty && spread == nil && keywordSpread == nil
        }

        /// Every expression, in the order in which Jinja visits them.
        var all: [Expression] {
            positional + keywords.map(\.value) + [spread, keywordSpread].compactMap { $0 }
        }
    }

    let kind: Kind
    /// Where messages point: for an operator at its operator, else at the first token.
    let offset: Int32

    init(_ kind: Kind, at offset: Int32) {
        self.kind = kind
        self.offset = offset
    }
}

extension Expression {
    /// Whether no variable and no call is part of it.
    var isMadeOfConstants: Bool {
        switch kind {
        case .name, .call: false
        default: children.allSatisfy(\.isMadeOfConstants)
        }
    }

    /// The expressions directly below this one, in the order in which Jinja visits them.
    var children: [Expression] {
        switch kind {
        case .name, .none, .bool, .int, .bigInt, .float, .string: []
        case .list(let items), .tuple(let items), .concat(let items): items
        case .dict(let pairs): pairs.flatMap { [$0.key, $0.value] }
        case .attribute(let value, _), .negate(let value), .plus(let value), .not(let value):
            [value]
        case .item(let a, let b), .binary(_, let a, let b), .and(let a, let b), .or(let a, let b):
            [a, b]
        case .slice(let a, let b, let c): [a, b, c].compactMap { $0 }
        case .call(let callee, let arguments): [callee] + arguments.all
        case .filter(let value, _, let arguments): (value.map { [$0] } ?? []) + arguments.all
        case .test(let value, _, let arguments): [value] + arguments.all
        case .compare(let first, let rest): [first] + rest.map(\.operand)
        case .conditional(let test, let then, let otherwise):
            [test, then] + (otherwise.map { [$0] } ?? [])
        }
    }
}
