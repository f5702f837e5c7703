/// A failure on its way out of a running template; the machine keeps what there is to say.
struct Fault: Error {
    let code: FaultCode
}

/// Why a render failed.
package enum FaultCode: UInt8, Sendable {
    /// A template was rejected by the compiler when it was included.
    case syntax
    case undefined
    /// The sandbox refuses it.
    case security
    case notFound
    case runtime
    case type
    case value
    case zeroDivision
    case overflow
    case recursion
    case attribute
    case key
    case index
    case lookup
    /// A limit of `JinjaLimits`.
    case limit

    /// The name of the exception in Jinja2 or Python.
    package var exceptionName: String {
        switch self {
        case .syntax: "TemplateSyntaxError"
        case .undefined: "UndefinedError"
        case .security: "SecurityError"
        case .notFound: "TemplateNotFound"
        case .runtime, .limit: "TemplateRuntimeError"
        case .type: "TypeError"
        case .value: "ValueError"
        case .zeroDivision: "ZeroDivisionError"
        case .overflow: "OverflowError"
        case .recursion: "RecursionError"
        case .attribute: "AttributeError"
        case .key: "KeyError"
        case .index: "IndexError"
        case .lookup: "LookupError"
        }
    }
}

/// Why one recipient's message could not be rendered, and where in the template.
package struct RenderFailure: Sendable, CustomStringConvertible {
    /// The kind of failure, as the exception of Jinja2 or Python that it stands for.
    package let code: FaultCode
    /// What happened, in Python's words where it has some.
    package let message: String
    /// The template it happened in: an included one is not the one that was rendered.
    package let template: String
    /// From 1; 0 where there is no place.
    package let line: Int
    /// In code points, from 1; 0 where there is no place.
    package let column: Int
    /// The line of the source; empty where there is no place.
    package let sourceLine: String

    /// Place, message, source line and a caret.
    package var description: String {
        guard line > 0 else { return "\(template): \(message)" }
        let caret = String(repeating: " ", count: max(0, column - 1)) + "^"
        return "\(template):\(line):\(column): \(message)\n    \(sourceLine)\n    \(caret)"
    }
}

extension TemplateError.Diagnostic {
    /// The place and message of a failed render.
    package init(_ failure: RenderFailure) {
        self.init(
            kind: .variable, template: failure.template, line: failure.line,
            column: failure.column, message: failure.message, sourceLine: failure.sourceLine)
    }
}
