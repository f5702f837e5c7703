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

    private func countLink(_ links: inout Int) throws(Fault) {
        links += 1
        guard links <= JinjaLimits.chainLength else {
            throw Fault(
                message: "a chain of more than \(JinjaLimits.chainLength) operators",
                offset: current.start, kind: .limit)
        }
    }

    private mutating func disjunction() throws(Fault) -> Expression {
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

    private mutating func conjunction() throws(Fault) -> Expression {
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

    private mutating func negation() throws(Fault) -> Expression {
        guard isWord("not") else { return try comparison() }
        let at = current.start
        advance()
        return try nested { parser throws(Fault) in
            Expression(.not(try parser.negation()), at: at)
        }
    }

    private mutating func comparison() throws(Fault) -> Expression {
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

    private mutating func sum() throws(Fault) -> Expression {
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

    private mutating func concatenation() throws(Fault) -> Expression {
        let first = try product()
        guard current.kind == .tilde else { return first }
        let at = current.start
        var items = [first]
        while skip(.tilde) { items.append(try product()) }
        return Expression(.concat(items), at: at)
    }

    private mutating func product() throws(Fault) -> Expression {
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

    private mutating func power() throws(Fault) -> Expression {
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

    private mutating func unary(withFilters: Bool) throws(Fault) -> Expression {
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
            return Expression(integer(text(token)), at: at)
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

    private func integer(_ spelling: String) -> Expression.Kind {
        let digits = spelling.filter { $0 != "_" }.lowercased()
        let radix: Int
        switch digits.prefix(2) {
        case "0x": radix = 16
        case "0o": radix = 8
        case "0b": radix = 2
        default: radix = 10
        }
        let plain = radix == 10 ? Substring(digits) : digits.dropFirst(2)
        if let value = Int(plain, radix: radix) { return .int(value) }
        return .bigInt(digits)
    }

    private mutating func list() throws(Fault) -> Expression {
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

    private mutating func dict() throws(Fault) -> Expression {
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

    private mutating func simpleTarget(allowsAttribute: Bool) throws(Fault) -> Expression {
        if allowsAttribute && current.kind == .name && next.kind == .dot {
            let token = current
            advance()
            advance()
            let object = Expression(.name(text(token)), at: token.start)
            return Expression(.attribute(object, text(try expect(.name))), at: token.start)
        }
        return try primary()
    }

    // MARK: Behind an atom

    mutating func postfix(_ value: Expression) throws(Fault) -> Expression {
        var value = value
        var links = 0
        while true {
            switch current.kind {
            case .dot, .leftBracket: value = try subscripted(value)
            case .leftParen: value = try call(value)
            default: return value
            }
            try countLink(&links)
        }
    }

    private mutating func filters(_ value: Expression) throws(Fault) -> Expression {
        var value = value
        var links = 0
        while true {
            switch current.kind {
            case .pipe: value = try filterChain(value, startsWithPipe: true)
            case .name where isWord("is"): value = try test(value)
            // Calls are valid behind filters and tests too.
            case .leftParen: value = try call(value)
            default: return value
            }
            try countLink(&links)
        }
    }

    private mutating func subscripted(_ value: Expression) throws(Fault) -> Expression {
        let at = current.start
        if skip(.dot) {
            let token = current
            switch token.kind {
            case .name:
                advance()
                return Expression(.attribute(value, text(token)), at: at)
            case .integer:
                advance()
                return Expression(
                    .item(value, Expression(integer(text(token)), at: token.start)), at: at)
            default: throw unexpected(expecting: "a name or a number behind '.'")
            }
        }
        advance()
        return try nested { parser throws(Fault) in
            var items: [Expression] = []
            while parser.current.kind != .rightBracket {
                if !items.isEmpty { try parser.expect(.comma) }
                items.append(try parser.subscriptItem())
            }
            try parser.expect(.rightBracket)
            let key = items.count == 1 ? items[0] : Expression(.tuple(items), at: at)
            return Expression(.item(value, key), at: at)
        }
    }

    private mutating func subscriptItem() throws(Fault) -> Expression {
        let at = current.start
        var start: Expression?
        if current.kind != .colon {
            let value = try expression()
            if current.kind != .colon { return value }
            start = value
        }
        advance()
        var stop: Expression?
        var step: Expression?
        if current.kind != .colon && current.kind != .rightBracket && current.kind != .comma {
            stop = try expression()
        }
        if skip(.colon), current.kind != .rightBracket && current.kind != .comma {
            step = try expression()
        }
        return Expression(.slice(start, stop, step), at: at)
    }

    private mutating func call(_ callee: Expression) throws(Fault) -> Expression {
        let at = current.start
        return Expression(.call(callee, try arguments()), at: at)
    }

    /// The arguments in parentheses.
    mutating func arguments() throws(Fault) -> Expression.Arguments {
        try nested { parser throws(Fault) in try parser.argumentList() }
    }

    private mutating func argumentList() throws(Fault) -> Expression.Arguments {
        try expect(.leftParen)
        var arguments = Expression.Arguments()
        var isFirst = true
        while current.kind != .rightParen {
            if !isFirst {
                try expect(.comma)
                if current.kind == .rightParen { break }
            }
            isFirst = false
            if current.kind == .mul {
                guard arguments.spread == nil && arguments.keywordSpread == nil else {
                    throw fault("a second '*' in one call")
                }
                advance()
                arguments.spread = try expression()
            } else if current.kind == .pow {
                guard arguments.keywordSpread == nil else {
                    throw fault("a second '**' in one call")
                }
                advance()
                arguments.keywordSpread = try expression()
            } else if current.kind == .name && next.kind == .assign {
                guard arguments.keywordSpread == nil else {
                    throw fault("an argument behind '**'")
                }
                let name = text(current)
                advance()
                advance()
                arguments.keywords.append(
                    Expression.Arguments.Keyword(name: name, value: try expression()))
            } else {
                guard arguments.spread == nil && arguments.keywordSpread == nil else {
                    throw fault("an argument without a name behind '*' or '**'")
                }
                guard arguments.keywords.isEmpty else {
                    throw fault("an argument without a name behind one with a name")
                }
                arguments.positional.append(try expression())
            }
        }
        try expect(.rightParen)
        return arguments
    }

    private mutating func dottedName() throws(Fault) -> String {
        var name = text(try expect(.name))
        while current.kind == .dot {
            advance()
            name += "." + text(try expect(.name))
        }
        return name
    }

    /// One filter after another; without a value, those of a block.
    mutating func filterChain(
        _ value: Expression?, startsWithPipe: Bool = false
    ) throws(Fault) -> Expression {
        var value = value
        var links = 0
        if startsWithPipe { try expect(.pipe) }
        while true {
            let at = current.start
            let name = try dottedName()
            let arguments =
                current.kind == .leftParen ? try self.arguments() : Expression.Arguments()
            let result = Expression(.filter(value, name, arguments), at: at)
            value = result
            try countLink(&links)
            guard current.kind == .pipe else { return result }
            advance()
        }
    }

    private mutating func test(_ value: Expression) throws(Fault) -> Expression {
        advance()
        let isNegated = skipWord("not")
        let at = current.start
        let name = try dottedName()
        var arguments = Expression.Arguments()
        switch current.kind {
        case .leftParen: arguments = try self.arguments()
        case .name where isWord("else") || isWord("or") || isWord("and"): break
        case .name where isWord("is"):
            throw fault("tests cannot be chained with 'is'; use 'and'")
        case .name, .string, .integer, .float, .leftBracket, .leftBrace:
            arguments.positional = [try postfix(try primary())]
        default: break
        }
        let result = Expression(.test(value, name, arguments), at: at)
        return isNegated ? Expression(.not(result), at: at) : result
    }
}
