extension Parser {
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

    mutating func filters(_ value: Expression) throws(Fault) -> Expression {
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

    mutating func subscripted(_ value: Expression) throws(Fault) -> Expression {
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
                    .item(value, Expression(try integer(token), at: token.start)), at: at)
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

    mutating func subscriptItem() throws(Fault) -> Expression {
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

    mutating func call(_ callee: Expression) throws(Fault) -> Expression {
        let at = current.start
        return Expression(.call(callee, try arguments()), at: at)
    }

    /// The arguments in parentheses.
    mutating func arguments() throws(Fault) -> Expression.Arguments {
        try nested { parser throws(Fault) in try parser.argumentList() }
    }

    mutating func argumentList() throws(Fault) -> Expression.Arguments {
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

    mutating func dottedName() throws(Fault) -> String {
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

    mutating func test(_ value: Expression) throws(Fault) -> Expression {
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
