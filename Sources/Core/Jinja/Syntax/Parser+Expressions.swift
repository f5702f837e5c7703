extension Parser {
    /// A whole expression, with `a if b else c`.
    mutating func expression() throws(Fault) -> Expression {
        var value = try disjunction()
        var links = 0
        while isWord("if") {
            let at = current.start
            try countLink(&links)
            advance()
            let test = try disjunction()
            let otherwise: Expression? =
                skipWord("else")
                ? try nested { parser throws(Fault) in try parser.expression() } : nil
            value = Expression(
                .conditional(test: test, then: value, otherwise: otherwise), at: at)
        }
        return value
    }

    func countLink(_ links: inout Int) throws(Fault) {
        links += 1
        guard links <= JinjaLimits.chainLength else {
            throw Fault(
                message: "a chain of more than \(JinjaLimits.chainLength) operators",
                offset: current.start, kind: .limit)
        }
    }

    mutating func disjunction() throws(Fault) -> Expression {
        var left = try conjunction()
        var links = 0
        while isWord("or") {
            let at = current.start
            try countLink(&links)
            advance()
            left = Expression(.or(left, try conjunction()), at: at)
        }
        return left
    }

    mutating func conjunction() throws(Fault) -> Expression {
        var left = try negation()
        var links = 0
        while isWord("and") {
            let at = current.start
            try countLink(&links)
            advance()
            left = Expression(.and(left, try negation()), at: at)
        }
        return left
    }

    mutating func negation() throws(Fault) -> Expression {
        guard isWord("not") else { return try comparison() }
        let at = current.start
        advance()
        return try nested { parser throws(Fault) in
            Expression(.not(try parser.negation()), at: at)
        }
    }

    mutating func comparison() throws(Fault) -> Expression {
        let first = try sum()
        var rest: [Expression.Comparison] = []
        while true {
            let comparator: Expression.Comparator
            switch current.kind {
            case .equal: comparator = .equal
            case .notEqual: comparator = .notEqual
            case .less: comparator = .less
            case .lessEqual: comparator = .lessEqual
            case .greater: comparator = .greater
            case .greaterEqual: comparator = .greaterEqual
            case .name where isWord("in"): comparator = .contained
            case .name where isWord("not") && isSpelled(next, "in"):
                advance()
                comparator = .notContained
            default:
                return rest.isEmpty
                    ? first : Expression(.compare(first, rest), at: first.offset)
            }
            advance()
            rest.append(Expression.Comparison(comparator: comparator, operand: try sum()))
        }
    }

    mutating func sum() throws(Fault) -> Expression {
        var left = try concatenation()
        var links = 0
        while current.kind == .add || current.kind == .sub {
            let token = current
            try countLink(&links)
            advance()
            let right = try concatenation()
            left = Expression(
                .binary(token.kind == .add ? .add : .sub, left, right), at: token.start)
        }
        return left
    }

    mutating func concatenation() throws(Fault) -> Expression {
        let first = try product()
        guard current.kind == .tilde else { return first }
        let at = current.start
        var items = [first]
        while skip(.tilde) { items.append(try product()) }
        return Expression(.concat(items), at: at)
    }

    mutating func product() throws(Fault) -> Expression {
        var left = try power()
        var links = 0
        while true {
            let op: Expression.Operator
            switch current.kind {
            case .mul: op = .mul
            case .div: op = .div
            case .floorDiv: op = .floorDiv
            case .mod: op = .mod
            default: return left
            }
            let at = current.start
            try countLink(&links)
            advance()
            left = Expression(.binary(op, left, try power()), at: at)
        }
    }

    mutating func power() throws(Fault) -> Expression {
        var left = try unary(withFilters: true)
        var links = 0
        while current.kind == .pow {
            let at = current.start
            try countLink(&links)
            advance()
            left = Expression(.binary(.pow, left, try unary(withFilters: true)), at: at)
        }
        return left
    }

    mutating func unary(withFilters: Bool) throws(Fault) -> Expression {
        let token = current
        var value: Expression
        switch token.kind {
        case .sub, .add:
            advance()
            let operand = try nested { parser throws(Fault) in
                try parser.unary(withFilters: false)
            }
            value = Expression(
                token.kind == .sub ? .negate(operand) : .plus(operand), at: token.start)
        default: value = try primary()
        }
        value = try postfix(value)
        return withFilters ? try filters(value) : value
    }

    // MARK: Atoms

    mutating func primary() throws(Fault) -> Expression {
        let token = current
        let at = token.start
        switch token.kind {
        case .name:
            advance()
            switch text(token) {
            case "true", "True": return Expression(.bool(true), at: at)
            case "false", "False": return Expression(.bool(false), at: at)
            case "none", "None": return Expression(.none, at: at)
            case let name: return Expression(.name(name), at: at)
            }
        case .string:
            var bytes: [UInt8] = []
            while current.kind == .string {
                bytes += try StringLiteral.decode(source, current)
                advance()
            }
            return Expression(.string(bytes), at: at)
        case .integer:
            advance()
            return Expression(try integer(token), at: at)
        case .float:
            advance()
            let digits = text(token).filter { $0 != "_" }
            return Expression(.float(Double(digits) ?? .infinity), at: at)
        case .leftParen:
            advance()
            let value = try nested { parser throws(Fault) in try parser.tuple(isParenthesised: true)
            }
            try expect(.rightParen)
            return value
        case .leftBracket: return try nested { parser throws(Fault) in try parser.list() }
        case .leftBrace: return try nested { parser throws(Fault) in try parser.dict() }
        default: throw unexpected(expecting: "an expression")
        }
    }

    func integer(_ token: Token) throws(Fault) -> Expression.Kind {
        let digits = text(token).filter { $0 != "_" }.lowercased()
        let radix: Int
        switch digits.prefix(2) {
        case "0x": radix = 16
        case "0o": radix = 8
        case "0b": radix = 2
        default: radix = 10
        }
        let plain = radix == 10 ? Substring(digits) : digits.dropFirst(2)
        if let value = Int(plain, radix: radix) { return .int(value) }
        guard plain.utf8.count <= JinjaLimits.integerDigits else {
            throw Fault(
                message: "an integer of more than \(JinjaLimits.integerDigits) digits",
                offset: token.start, kind: .limit)
        }
        return .bigInt(digits)
    }

    mutating func list() throws(Fault) -> Expression {
        let at = current.start
        advance()
        var items: [Expression] = []
        while current.kind != .rightBracket {
            if !items.isEmpty { try expect(.comma) }
            if current.kind == .rightBracket { break }
            items.append(try expression())
        }
        try expect(.rightBracket)
        return Expression(.list(items), at: at)
    }

    mutating func dict() throws(Fault) -> Expression {
        let at = current.start
        advance()
        var pairs: [Expression.Pair] = []
        while current.kind != .rightBrace {
            if !pairs.isEmpty { try expect(.comma) }
            if current.kind == .rightBrace { break }
            let key = try expression()
            try expect(.colon)
            pairs.append(Expression.Pair(key: key, value: try expression()))
        }
        try expect(.rightBrace)
        return Expression(.dict(pairs), at: at)
    }

    /// One expression, or a tuple where a comma follows it.
    mutating func tuple(
        simplified: Bool = false, withCondition: Bool = true, isParenthesised: Bool = false,
        allowsAttribute: Bool = false
    ) throws(Fault) -> Expression {
        let at = current.start
        var items: [Expression] = []
        var isTuple = false
        while true {
            if !items.isEmpty { try expect(.comma) }
            let kind = current.kind
            if kind == .variableEnd || kind == .blockEnd || kind == .rightParen { break }
            if simplified {
                items.append(try simpleTarget(allowsAttribute: allowsAttribute))
            } else if withCondition {
                items.append(try expression())
            } else {
                items.append(try nested { parser throws(Fault) in try parser.disjunction() })
            }
            guard current.kind == .comma else { break }
            isTuple = true
        }
        if !isTuple {
            if let only = items.first { return only }
            guard isParenthesised else { throw unexpected(expecting: "an expression") }
        }
        return Expression(.tuple(items), at: at)
    }

    mutating func simpleTarget(allowsAttribute: Bool) throws(Fault) -> Expression {
        if allowsAttribute && current.kind == .name && next.kind == .dot {
            let token = current
            advance()
            advance()
            let object = Expression(.name(text(token)), at: token.start)
            return Expression(.attribute(object, text(try expect(.name))), at: token.start)
        }
        return try primary()
    }
}
