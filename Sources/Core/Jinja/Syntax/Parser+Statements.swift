extension Parser {
    /// One tag, from its word up to its end; nil where it leaves nothing behind.
    mutating func statement() throws(Fault) -> Statement? {
        let token = current
        guard token.kind == .name else {
            if token.kind == .error { throw lexerFault() }
            throw fault("found \(found()), expected the name of a tag")
        }
        let word = text(token)
        openTags.append(word)
        let at = token.start
        switch word {
        case "for": return try forLoop(at)
        case "if": return try choice(at)
        case "block": return try block(at)
        case "extends":
            advance()
            return Statement(.extends(try expression()), at: at)
        case "print":
            advance()
            return Statement(.print(try tuple()), at: at)
        case "macro": return try macro(at)
        case "include": return try include(at)
        case "from": return try importNames(at)
        case "import": return try importModule(at)
        case "set": return try set(at)
        case "with": return try with(at)
        case "autoescape":
            advance()
            let mode = try expression()
            let body = try self.body(closing: "endautoescape")
            return Statement(.autoescape(mode, body), at: at)
        case "call": return try callBlock(at)
        case "filter":
            advance()
            let filters = try filterChain(nil)
            return Statement(
                .filterBlock(filters, try body(closing: "endfilter")), at: at)
        case "do" where options.allowsDo:
            advance()
            return Statement(.evaluate(try tuple()), at: at)
        case "break" where options.allowsLoopControls:
            advance()
            return Statement(.breakLoop, at: at)
        case "continue" where options.allowsLoopControls:
            advance()
            return Statement(.continueLoop, at: at)
        default:
            openTags.removeLast()
            throw unknownTag(word)
        }
    }

    private func unknownTag(_ word: String) -> Fault {
        let wanted = awaited.last ?? []
        let open = openTags.last.map { "; the innermost open tag is '\($0)'" } ?? ""
        if !wanted.isEmpty && (word.hasPrefix("end") || word.hasPrefix("el")) {
            let list = wanted.map { "'\($0)'" }.joined(separator: " or ")
            return fault("found '\(word)', expected \(list)\(open)")
        }
        if Parser.ends.values.contains(word) || word == "else" || word == "elif"
            || word == "endset"
        {
            return fault("found '\(word)', but no tag is open that it could belong to")
        }
        let hint = Suggestion.hint(for: word, among: Parser.tags + wanted)
        return fault("unknown tag '\(word)'\(hint)\(open)")
    }

    private static let tags = [
        "for", "if", "elif", "else", "endif", "endfor", "block", "endblock", "extends", "print",
        "macro", "endmacro", "include", "from", "import", "set", "endset", "with", "endwith",
        "autoescape", "endautoescape", "call", "endcall", "filter", "endfilter", "raw", "do",
        "break", "continue",
    ]

    /// The body behind the head of a tag, up to and with the word that closes it.
    private mutating func body(closing word: String) throws(Fault) -> [Statement] {
        let body = try self.body(until: [word])
        advance()
        return body
    }

    /// The body behind the head of a tag; the word that ends it stays the current token.
    private mutating func body(until ends: [String]) throws(Fault) -> [Statement] {
        // Jinja allows a colon here, for those who come from Python.
        _ = skip(.colon)
        try expect(.blockEnd)
        bodiesBegun += 1
        return try statements(until: ends)
    }

    // MARK: Control

    private mutating func forLoop(_ at: Int32) throws(Fault) -> Statement {
        advance()
        let target = try assignTarget()
        try expectWord("in")
        let iterable = try tuple(withCondition: false)
        let test: Expression? = skipWord("if") ? try expression() : nil
        let isRecursive = skipWord("recursive")
        let body = try self.body(until: ["endfor", "else"])
        var otherwise: [Statement] = []
        if isWord("endfor") {
            advance()
        } else {
            advance()
            otherwise = try self.body(closing: "endfor")
        }
        return Statement(
            .loop(
                Statement.ForLoop(
                    target: target, iterable: iterable, test: test, isRecursive: isRecursive,
                    body: body, otherwise: otherwise)), at: at)
    }

    private mutating func choice(_ at: Int32) throws(Fault) -> Statement {
        var branches: [Statement.Branch] = []
        var otherwise: [Statement] = []
        while true {
            advance()
            let test = try tuple(withCondition: false)
            let body = try self.body(until: ["elif", "else", "endif"])
            branches.append(Statement.Branch(test: test, body: body))
            if isWord("elif") { continue }
            if isWord("else") {
                advance()
                otherwise = try self.body(closing: "endif")
            } else {
                advance()
            }
            return Statement(.choice(branches, otherwise: otherwise), at: at)
        }
    }

    private mutating func with(_ at: Int32) throws(Fault) -> Statement {
        advance()
        var bindings: [Statement.Binding] = []
        while current.kind != .blockEnd {
            if !bindings.isEmpty { try expect(.comma) }
            let target = try assignTarget()
            try expect(.assign)
            bindings.append(Statement.Binding(target: target, value: try expression()))
        }
        return Statement(.with(bindings, try body(closing: "endwith")), at: at)
    }

    private mutating func set(_ at: Int32) throws(Fault) -> Statement {
        advance()
        let target = try assignTarget(allowsAttribute: true)
        if skip(.assign) { return Statement(.set(target, try tuple()), at: at) }
        let filter: Expression? =
            current.kind == .pipe ? try filterChain(nil, startsWithPipe: true) : nil
        return Statement(.capture(target, filter: filter, try body(closing: "endset")), at: at)
    }

    // MARK: Macros

    private mutating func macro(_ at: Int32) throws(Fault) -> Statement {
        advance()
        let name = try assignName()
        let parameters = try self.parameters()
        let body = try self.body(closing: "endmacro")
        return Statement(
            .macro(Statement.Macro(name: name, parameters: parameters, body: body)), at: at)
    }

    private mutating func callBlock(_ at: Int32) throws(Fault) -> Statement {
        advance()
        let parameters = current.kind == .leftParen ? try self.parameters() : []
        let start = current
        let call = try expression()
        guard case .call = call.kind else { throw fault("expected a call here", at: start) }
        let body = try self.body(closing: "endcall")
        return Statement(
            .callBlock(
                call, Statement.Macro(name: "caller", parameters: parameters, body: body)), at: at)
    }

    private mutating func parameters() throws(Fault) -> [Statement.Macro.Parameter] {
        try expect(.leftParen)
        var parameters: [Statement.Macro.Parameter] = []
        var hasDefault = false
        while current.kind != .rightParen {
            if !parameters.isEmpty { try expect(.comma) }
            let token = current
            let name = try assignName()
            var value: Expression?
            if skip(.assign) {
                hasDefault = true
                value = try expression()
            } else if hasDefault {
                throw fault("'\(name)' has no default, but a parameter before it has one")
            }
            parameters.append(
                Statement.Macro.Parameter(name: name, offset: token.start, defaultValue: value))
        }
        try expect(.rightParen)
        return parameters
    }

    // MARK: Other templates

    private mutating func block(_ at: Int32) throws(Fault) -> Statement {
        advance()
        let name = text(try expect(.name))
        let isScoped = skipWord("scoped")
        let isRequired = skipWord("required")
        if current.kind == .sub {
            throw fault("a block's name cannot have a hyphen; use an underscore")
        }
        let body = try self.body(until: ["endblock"])
        if isRequired, let statement = body.first(where: { !isBlank($0) }) {
            throw Fault(
                message: "a required block may only hold comments and white space",
                offset: statement.offset)
        }
        advance()
        if current.kind == .name && isSpelled(current, name) { advance() }
        let block = Statement.Block(
            name: name, isScoped: isScoped, isRequired: isRequired, body: body)
        return Statement(.block(block), at: at)
    }

    private func isBlank(_ statement: Statement) -> Bool {
        guard case .text(let start, let end) = statement.kind else { return false }
        return source.bytes[Int(start)..<Int(end)].allSatisfy {
            UnicodeTables.isSpace(UInt32($0))
        }
    }

    /// `with context` or `without context`, where one of them is there.
    private mutating func importContext(default value: Bool) -> Bool {
        guard isWord("with") || isWord("without"), isSpelled(next, "context") else { return value }
        let withContext = isWord("with")
        advance()
        advance()
        return withContext
    }

    private mutating func include(_ at: Int32) throws(Fault) -> Statement {
        advance()
        let template = try expression()
        var ignoresMissing = false
        if isWord("ignore") && isSpelled(next, "missing") {
            ignoresMissing = true
            advance()
            advance()
        }
        let withContext = importContext(default: true)
        return Statement(
            .include(template, ignoresMissing: ignoresMissing, withContext: withContext), at: at)
    }

    private mutating func importModule(_ at: Int32) throws(Fault) -> Statement {
        advance()
        let template = try expression()
        try expectWord("as")
        let name = try assignName()
        return Statement(
            .importModule(template, as: name, withContext: importContext(default: false)), at: at)
    }

    private mutating func importNames(_ at: Int32) throws(Fault) -> Statement {
        advance()
        let template = try expression()
        try expectWord("import")
        var names: [Statement.ImportedName] = []
        var withContext: Bool?
        while true {
            if !names.isEmpty { try expect(.comma) }
            guard current.kind == .name else {
                throw unexpected(expecting: "a name to import")
            }
            if isWord("with") || isWord("without"), isSpelled(next, "context") {
                withContext = importContext(default: false)
                break
            }
            let token = current
            let name = try assignName()
            guard !name.hasPrefix("_") else {
                throw fault("names that begin with an underscore cannot be imported", at: token)
            }
            let alias = skipWord("as") ? try assignName() : name
            names.append(Statement.ImportedName(name: name, alias: alias))
            if isWord("with") || isWord("without"), isSpelled(next, "context") {
                withContext = importContext(default: false)
                break
            }
            if current.kind != .comma { break }
        }
        return Statement(
            .importNames(template, names, withContext: withContext ?? false), at: at)
    }

    // MARK: Targets

    private mutating func assignName() throws(Fault) -> String {
        let token = try expect(.name)
        let name = text(token)
        guard !Parser.constants.contains(name) else {
            throw fault("cannot assign to '\(name)'", at: token)
        }
        return name
    }

    static let constants: Set<String> = ["true", "false", "none", "True", "False", "None"]

    /// What stands before `=` or `in`.
    mutating func assignTarget(
        allowsAttribute: Bool = false
    ) throws(Fault) -> AssignmentTarget {
        if allowsAttribute && current.kind == .name && next.kind == .dot {
            let token = current
            let name = text(token)
            advance()
            advance()
            return .attribute(name, text(try expect(.name)), token.start)
        }
        let start = current
        let value = try tuple(
            simplified: true, allowsAttribute: allowsAttribute)
        return try target(value, at: start)
    }

    private func target(_ value: Expression, at token: Token) throws(Fault) -> AssignmentTarget {
        switch value.kind {
        case .name(let name): return .name(name, value.offset)
        case .attribute(let object, let attribute):
            guard case .name(let name) = object.kind else { break }
            return .attribute(name, attribute, value.offset)
        case .tuple(let items):
            var targets: [AssignmentTarget] = []
            for item in items { targets.append(try target(item, at: token)) }
            return .tuple(targets, value.offset)
        default: break
        }
        throw Fault(
            message: "cannot assign to \(Parser.describe(value))", offset: value.offset)
    }

    private static func describe(_ value: Expression) -> String {
        switch value.kind {
        case .none: "'none'"
        case .bool(let value): "'\(value)'"
        case .int, .bigInt, .float: "a number"
        case .string: "a string"
        case .list: "a list"
        case .dict: "a dict"
        default: "an expression"
        }
    }
}
