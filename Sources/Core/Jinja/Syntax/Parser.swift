/// Builds the tree of a template from its tokens.
///
/// After a mistake in a tag it goes on behind that tag, so one pass reports every mistake that
/// does not follow from another one. `Fault` carries one mistake up to that point.
struct Parser {
    struct Fault: Error {
        let message: String
        let offset: Int32
        var kind = TemplateError.Diagnostic.Kind.syntax
    }

    let source: Source
    let options: TemplateOptions
    let tokens: [Token]
    var position = 0
    /// Levels of tags and brackets around the current token.
    var depth = 0
    /// The tags that are open, innermost last.
    var openTags: [String] = []
    /// The ends of tags whose beginning was broken: they close nothing.
    var orphans: [String] = []
    /// Lists of ends that the enclosing tags wait for, innermost last.
    var awaited: [[String]] = []
    /// Bodies of tags begun so far: tells a mistake in a tag's head from one behind it.
    var bodiesBegun = 0
    private var hasReportedEnd = false
    private let lexerMessages: [String]
    private(set) var faults: [Fault] = []

    init(_ source: Source, options: TemplateOptions) {
        self.source = source
        self.options = options
        var lexer = Lexer(source, options: options)
        lexer.run()
        tokens = lexer.tokens
        lexerMessages = lexer.messages
    }

    /// The whole template; look at `faults` before using it.
    mutating func parse() -> [Statement] {
        guard source.bytes.count <= JinjaLimits.templateBytes else {
            let limit = JinjaLimits.templateBytes
            faults = [
                Fault(
                    message: "the template is larger than \(limit) bytes", offset: 0, kind: .limit)
            ]
            return []
        }
        var body: [Statement] = []
        do throws(Fault) {
            body = try statements(until: [])
        } catch {
            note(error)
        }
        return body
    }

    mutating func note(_ fault: Fault) {
        // An unclosed tag makes every tag around it unclosed as well: one report is enough.
        if current.kind == .end {
            guard !hasReportedEnd else { return }
            hasReportedEnd = true
        }
        if faults.count < JinjaLimits.errorsReported { faults.append(fault) }
    }

    // MARK: Tokens

    var current: Token { tokens[position] }
    var next: Token { tokens[min(position + 1, tokens.count - 1)] }

    mutating func advance() {
        if position < tokens.count - 1 { position += 1 }
    }

    func text(_ token: Token) -> String { source.text(token) }

    /// Whether the current token is this word.
    func isWord(_ word: String) -> Bool {
        current.kind == .name && isSpelled(current, word)
    }

    func isSpelled(_ token: Token, _ word: String) -> Bool {
        source.bytes[Int(token.start)..<Int(token.end)].elementsEqual(word.utf8)
    }

    mutating func skip(_ kind: Token.Kind) -> Bool {
        guard current.kind == kind else { return false }
        advance()
        return true
    }

    mutating func skipWord(_ word: String) -> Bool {
        guard isWord(word) else { return false }
        advance()
        return true
    }

    @discardableResult
    mutating func expect(_ kind: Token.Kind) throws(Fault) -> Token {
        let token = current
        guard token.kind == kind else { throw unexpected(expecting: Token.describe(kind)) }
        advance()
        return token
    }

    mutating func expectWord(_ word: String) throws(Fault) {
        guard skipWord(word) else { throw unexpected(expecting: "'\(word)'") }
    }

    func fault(_ message: String, at token: Token? = nil) -> Fault {
        Fault(message: message, offset: (token ?? current).start)
    }

    /// The name of the current token for a message.
    func found() -> String {
        switch current.kind {
        case .name, .integer, .float: "'\(text(current))'"
        case .string: "the string \(text(current))"
        default: Token.describe(current.kind)
        }
    }

    func unexpected(expecting wanted: String) -> Fault {
        if current.kind == .error { return lexerFault() }
        return fault("found \(found()), expected \(wanted)")
    }

    /// The fault of the error token at the current position.
    func lexerFault() -> Fault {
        let number = tokens[..<position].count { $0.kind == .error }
        return fault(lexerMessages[number])
    }

    mutating func nested<T>(_ body: (inout Parser) throws(Fault) -> T) throws(Fault) -> T {
        depth += 1
        defer { depth -= 1 }
        guard depth <= JinjaLimits.nestingDepth else {
            throw Fault(
                message: "nested deeper than \(JinjaLimits.nestingDepth) levels",
                offset: current.start, kind: .limit)
        }
        return try body(&self)
    }

    // MARK: Bodies

    /// The statements up to one of the words in `ends`, which is left as the current token.
    mutating func statements(until ends: [String]) throws(Fault) -> [Statement] {
        var body: [Statement] = []
        awaited.append(ends)
        defer { awaited.removeLast() }
        while true {
            let token = current
            switch token.kind {
            case .data:
                body.append(Statement(.text(token.start, token.end), at: token.start))
                advance()
            case .variableBegin:
                advance()
                do throws(Fault) {
                    let value = try tuple()
                    body.append(Statement(.print(value), at: value.offset))
                    try expect(.variableEnd)
                } catch {
                    recover(error)
                }
            case .blockBegin:
                advance()
                if current.kind == .name && ends.contains(text(current)) { return body }
                if current.kind == .name, dropOrphan() { continue }
                let word = current.kind == .name ? text(current) : ""
                let begunBefore = bodiesBegun
                do throws(Fault) {
                    let before = openTags.count
                    defer { openTags.removeSubrange(before...) }
                    if let statement = try nestedStatement() { body.append(statement) }
                    try expect(.blockEnd)
                } catch {
                    // The end of a tag that could not be read would be one more mistake.
                    if bodiesBegun == begunBefore, let end = Parser.ends[word] {
                        orphans.append(end)
                    }
                    recover(error)
                }
            case .end:
                guard ends.isEmpty else { throw endOfTemplate(ends) }
                return body
            case .error:
                note(lexerFault())
                advance()
            default:
                throw unexpected(expecting: "text or a tag")
            }
        }
    }

    private mutating func nestedStatement() throws(Fault) -> Statement? {
        depth += 1
        defer { depth -= 1 }
        guard depth <= JinjaLimits.nestingDepth else {
            throw Fault(
                message: "tags nested deeper than \(JinjaLimits.nestingDepth) levels",
                offset: current.start, kind: .limit)
        }
        return try statement()
    }

    /// Notes a mistake and goes on behind the tag it is in.
    private mutating func recover(_ fault: Fault) {
        note(fault)
        while current.kind != .blockEnd && current.kind != .variableEnd && current.kind != .end {
            if current.kind == .data { return }
            advance()
        }
        if current.kind != .end { advance() }
    }

    /// Skips an `endif`, `else` or the like whose beginning was broken.
    private mutating func dropOrphan() -> Bool {
        guard !orphans.isEmpty else { return false }
        let word = text(current)
        if word == "else" || word == "elif" {
            guard orphans.contains("endif") || orphans.contains("endfor") else { return false }
        } else {
            guard let index = orphans.lastIndex(of: word) else { return false }
            orphans.remove(at: index)
        }
        while current.kind != .blockEnd && current.kind != .end { advance() }
        if current.kind == .blockEnd { advance() }
        return true
    }

    func endOfTemplate(_ ends: [String]) -> Fault {
        let wanted = ends.map { "'\($0)'" }.joined(separator: " or ")
        let open = openTags.last.map { "; the innermost open tag is '\($0)'" } ?? ""
        return fault("found the end of the template, expected \(wanted)\(open)")
    }

    /// The words that close each tag.
    static let ends = [
        "if": "endif", "for": "endfor", "macro": "endmacro", "block": "endblock",
        "filter": "endfilter", "call": "endcall", "with": "endwith",
        "autoescape": "endautoescape",
    ]
}
