/// One token of a template, as a range of its source.
struct Token: Sendable {
    enum Kind: UInt8, Sendable {
        /// Text outside of tags.
        case data
        case blockBegin, blockEnd, variableBegin, variableEnd
        case name, string, integer, float
        case add, sub, mul, div, floorDiv, mod, pow, tilde
        case equal, notEqual, greater, greaterEqual, less, lessEqual
        case assign, dot, colon, pipe, comma, semicolon
        case leftParen, rightParen, leftBracket, rightBracket, leftBrace, rightBrace
        /// What is no token; the lexer keeps the message.
        case error
        case end
    }

    let kind: Kind
    let start: Int32
    let end: Int32

    /// How messages name a kind of token.
    static func describe(_ kind: Kind) -> String {
        switch kind {
        case .data: "template text"
        case .blockBegin: "begin of tag"
        case .blockEnd: "end of tag"
        case .variableBegin: "begin of print statement"
        case .variableEnd: "end of print statement"
        case .name: "a name"
        case .string: "a string"
        case .integer: "an integer"
        case .float: "a number"
        case .error: "an invalid character"
        case .end: "end of template"
        default: "'" + spelling(kind) + "'"
        }
    }

    static func spelling(_ kind: Kind) -> String {
        switch kind {
        case .add: "+"
        case .sub: "-"
        case .mul: "*"
        case .div: "/"
        case .floorDiv: "//"
        case .mod: "%"
        case .pow: "**"
        case .tilde: "~"
        case .equal: "=="
        case .notEqual: "!="
        case .greater: ">"
        case .greaterEqual: ">="
        case .less: "<"
        case .lessEqual: "<="
        case .assign: "="
        case .dot: "."
        case .colon: ":"
        case .pipe: "|"
        case .comma: ","
        case .semicolon: ";"
        case .leftParen: "("
        case .rightParen: ")"
        case .leftBracket: "["
        case .rightBracket: "]"
        case .leftBrace: "{"
        case .rightBrace: "}"
        default: ""
        }
    }
}
