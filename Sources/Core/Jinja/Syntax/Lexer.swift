/// Cuts a template into tokens.
///
/// The text between tags is one `data` token per run, already shortened by whitespace control, so
/// that it stays a slice of the source. What is no token becomes an `error` token with a message,
/// and reading goes on behind the tag, so that one pass can report several mistakes.
struct Lexer {
    let source: Source
    let options: TemplateOptions
    var tokens: [Token] = []
    /// Messages of the error tokens, in order.
    var messages: [String] = []
    var at = 0
    /// Whether the text at `at` begins a line, for `lstripBlocks`.
    var isLineStart = true
    /// The open brackets of the tag being read.
    var brackets: [UInt8] = []

    var bytes: [UInt8] { source.bytes }

    init(_ source: Source, options: TemplateOptions) {
        self.source = source
        self.options = options
    }

    mutating func run() {
        while at < bytes.count { readText() }
        // The end counts as being where the last token is, as in Jinja.
        let last = tokens.last?.start ?? 0
        tokens.append(Token(kind: .end, start: last, end: last))
    }

    mutating func add(_ kind: Token.Kind, _ start: Int, _ end: Int) {
        tokens.append(Token(kind: kind, start: Int32(start), end: Int32(end)))
    }

    mutating func fail(_ message: String, at start: Int, to end: Int) {
        messages.append(message)
        add(.error, start, end)
    }

    // MARK: Text

    func byte(_ index: Int) -> UInt8 { index < bytes.count ? bytes[index] : 0 }

    mutating func addData(_ start: Int, _ end: Int) {
        if start < end { add(.data, start, end) }
    }

    /// The end of the text before a tag at `tag` whose sign is `sign`.
    func textEnd(_ start: Int, _ tag: Int, sign: UInt8, isVariable: Bool) -> Int {
        if sign == UInt8(ascii: "-") {
            var end = tag
            while end > start, let space = spaceBefore(end, start) { end = space }
            return end
        }
        guard options.lstripBlocks && sign != UInt8(ascii: "+") && !isVariable else { return tag }
        var lineStart = tag
        while lineStart > start && bytes[lineStart - 1] != 0x0A { lineStart -= 1 }
        guard lineStart > start || isLineStart else { return tag }
        var i = lineStart
        while i < tag {
            guard let next = spaceAfter(i) else { return tag }
            i = next
        }
        return lineStart
    }

    /// Reads the text up to the next tag, and that tag.
    mutating func readText() {
        let start = at
        var tag = at
        while tag < bytes.count {
            if bytes[tag] == UInt8(ascii: "{") {
                let next = byte(tag + 1)
                if next == UInt8(ascii: "{") || next == UInt8(ascii: "%")
                    || next == UInt8(ascii: "#")
                {
                    break
                }
            }
            tag += 1
        }
        guard tag < bytes.count else {
            addData(start, bytes.count)
            at = bytes.count
            return
        }
        let kind = byte(tag + 1)
        let sign = byte(tag + 2)
        let isSigned = sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+")
        let isVariable = kind == UInt8(ascii: "{")
        addData(start, textEnd(start, tag, sign: sign, isVariable: isVariable))
        at = tag + (isSigned ? 3 : 2)
        switch kind {
        case UInt8(ascii: "#"): skipComment(tag)
        case UInt8(ascii: "%"):
            if let begin = rawBegin() {
                readRaw(tag, begin)
            } else {
                add(.blockBegin, tag, at)
                readTag(isBlock: true)
            }
        default:
            add(.variableBegin, tag, at)
            readTag(isBlock: false)
        }
    }

    mutating func skipComment(_ tag: Int) {
        var i = at
        while i + 1 < bytes.count {
            if bytes[i] == UInt8(ascii: "#") && bytes[i + 1] == UInt8(ascii: "}") {
                let sign = i > at ? bytes[i - 1] : 0
                at = i + 2
                endTag(sign: sign, trims: options.trimBlocks)
                return
            }
            i += 1
        }
        fail("missing end of comment: '#}' was expected", at: tag, to: tag + 2)
        at = bytes.count
    }

    /// Skips what the sign of a closed tag takes away, and notes whether a line begins.
    mutating func endTag(sign: UInt8, trims: Bool) {
        if sign == UInt8(ascii: "-") {
            while at < bytes.count, let next = spaceAfter(at) { at = next }
        } else if trims && sign != UInt8(ascii: "+") && byte(at) == 0x0A && at < bytes.count {
            at += 1
        }
        isLineStart = bytes[at - 1] == 0x0A
    }

    // MARK: Raw

    /// The offset behind a `raw` tag that begins at `at`, and its sign.
    func rawBegin() -> (end: Int, sign: UInt8)? {
        guard var i = word("raw", skippingSpaceFrom: at) else { return nil }
        while let next = spaceAfter(i) { i = next }
        if byte(i) == UInt8(ascii: "-") && byte(i + 1) == UInt8(ascii: "%")
            && byte(i + 2) == UInt8(ascii: "}")
        {
            return (i + 3, UInt8(ascii: "-"))
        }
        return byte(i) == UInt8(ascii: "%") && byte(i + 1) == UInt8(ascii: "}") ? (i + 2, 0) : nil
    }

    func word(_ word: StaticString, skippingSpaceFrom start: Int) -> Int? {
        var i = start
        while let next = spaceAfter(i) { i = next }
        let text = Text(word)
        var k = 0
        while k < text.count {
            guard byte(i + k) == text[k] else { return nil }
            k += 1
        }
        return i + k
    }

    mutating func readRaw(_ tag: Int, _ begin: (end: Int, sign: UInt8)) {
        at = begin.end
        endTag(sign: begin.sign, trims: false)
        let start = at
        var i = at
        while i + 1 < bytes.count {
            if bytes[i] == UInt8(ascii: "{") && bytes[i + 1] == UInt8(ascii: "%") {
                let sign = byte(i + 2)
                let isSigned = sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+")
                if let end = rawEnd(i + (isSigned ? 3 : 2)) {
                    addData(start, textEnd(start, i, sign: sign, isVariable: false))
                    at = end.end
                    endTag(sign: end.sign, trims: options.trimBlocks)
                    return
                }
            }
            i += 1
        }
        // Like Jinja: an empty rest is no error, the tag just ends the template.
        if start < bytes.count {
            fail("missing end of raw block: '{% endraw %}' was expected", at: tag, to: tag + 2)
        }
        at = bytes.count
    }

    func rawEnd(_ start: Int) -> (end: Int, sign: UInt8)? {
        guard var i = word("endraw", skippingSpaceFrom: start) else { return nil }
        while let next = spaceAfter(i) { i = next }
        var sign: UInt8 = 0
        if byte(i) == UInt8(ascii: "-") || byte(i) == UInt8(ascii: "+") {
            sign = byte(i)
            i += 1
        }
        guard byte(i) == UInt8(ascii: "%") && byte(i + 1) == UInt8(ascii: "}") else { return nil }
        return (i + 2, sign)
    }

    // MARK: Tags

    /// Reads the tokens of one tag with its end.
    mutating func readTag(isBlock: Bool) {
        brackets.removeAll(keepingCapacity: true)
        while at < bytes.count {
            if let next = spaceAfter(at) {
                at = next
            } else if brackets.isEmpty, let end = tagEnd(isBlock: isBlock) {
                add(isBlock ? .blockEnd : .variableEnd, at, end.end)
                at = end.end
                endTag(sign: end.sign, trims: isBlock && options.trimBlocks)
                return
            } else if !readToken() {
                skipBrokenTag(isBlock: isBlock)
                return
            }
        }
    }

    func tagEnd(isBlock: Bool) -> (end: Int, sign: UInt8)? {
        let close = isBlock ? UInt8(ascii: "%") : UInt8(ascii: "}")
        if byte(at) == close && byte(at + 1) == UInt8(ascii: "}") { return (at + 2, 0) }
        let sign = byte(at)
        guard sign == UInt8(ascii: "-") || (isBlock && sign == UInt8(ascii: "+")) else {
            return nil
        }
        guard byte(at + 1) == close && byte(at + 2) == UInt8(ascii: "}") else { return nil }
        return (at + 3, sign)
    }

    /// After an error token: goes on behind the tag, with its end as a token.
    mutating func skipBrokenTag(isBlock: Bool) {
        brackets.removeAll(keepingCapacity: true)
        while at < bytes.count {
            if let end = tagEnd(isBlock: isBlock) {
                add(isBlock ? .blockEnd : .variableEnd, at, end.end)
                at = end.end
                endTag(sign: end.sign, trims: isBlock && options.trimBlocks)
                return
            }
            at += 1
        }
    }

    // MARK: Characters

    func scalar(_ index: Int) -> (value: UInt32, next: Int) {
        unsafe bytes.withUnsafeBufferPointer {
            unsafe Text(base: $0.baseAddress!, count: $0.count).scalar(at: index)
        }
    }

    func spaceAfter(_ index: Int) -> Int? {
        guard index < bytes.count else { return nil }
        let lead = bytes[index]
        if lead < 0x80 { return UnicodeTables.isSpace(UInt32(lead)) ? index + 1 : nil }
        let (value, next) = scalar(index)
        return UnicodeTables.isSpace(value) ? next : nil
    }

    func spaceBefore(_ index: Int, _ start: Int) -> Int? {
        var i = index - 1
        while i > start && bytes[i] & 0xC0 == 0x80 { i -= 1 }
        return UnicodeTables.isSpace(scalar(i).value) ? i : nil
    }

    /// The end of a run of letters, digits and underscores.
    func wordEnd(_ start: Int) -> Int? {
        var i = start
        while i < bytes.count {
            let lead = bytes[i]
            if lead < 0x80 {
                guard UnicodeTables.isWordByte(lead) else { break }
                i += 1
            } else {
                let (value, next) = scalar(i)
                guard UnicodeTables.continuesName(value) else { break }
                i = next
            }
        }
        return i > start ? i : nil
    }

    func isIdentifier(_ start: Int, _ end: Int) -> Bool {
        var i = start
        while i < end {
            let (value, next) = scalar(i)
            if value >= 0x80 {
                guard let scalar = Unicode.Scalar(value) else { return false }
                let properties = scalar.properties
                guard i == start ? properties.isXIDStart : properties.isXIDContinue else {
                    return false
                }
            }
            i = next
        }
        return true
    }
}
