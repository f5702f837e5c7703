/// Why a template cannot be used: every mistake that could be found, the first one first.
package struct TemplateError: Error, Sendable, CustomStringConvertible {
    /// One mistake, with its place.
    package struct Diagnostic: Sendable, CustomStringConvertible {
        /// What sort of mistake it is.
        package enum Kind: Sendable, Equatable {
            /// The text is no template.
            case syntax
            /// It is, but names a filter, test or block that cannot be.
            case assertion
            /// A template that it needs is not there.
            case notFound
            /// It is larger or deeper than `JinjaLimits` allow.
            case limit
            /// It reads a variable that it cannot have, or not in this way.
            case variable
        }

        /// What sort of mistake it is; Jinja2 has an exception for each of the first three.
        package let kind: Kind
        /// The name of the template.
        package let template: String
        /// From 1.
        package let line: Int
        /// In code points, from 1.
        package let column: Int
        /// What was found and what was expected.
        package let message: String
        /// The line of the source, for the caret.
        package let sourceLine: String

        /// Place, message, source line and a caret under the place.
        package var description: String { description(of: template) }

        /// The same by another name of the template.
        package func description(of template: String) -> String {
            let caret = String(repeating: " ", count: max(0, column - 1)) + "^"
            let shown = sourceLine.count > 160 ? String(sourceLine.prefix(160)) + "…" : sourceLine
            let pointer = column <= 161 ? "\n    \(caret)" : ""
            return "\(template):\(line):\(column): \(message)\n    \(shown)\(pointer)"
        }
    }

    /// At least one, at most `JinjaLimits.errorsReported`.
    package let diagnostics: [Diagnostic]

    /// The mistake that comes first in the source: where Jinja2 would have stopped.
    package var first: Diagnostic { diagnostics[0] }

    package var description: String {
        diagnostics.map(\.description).joined(separator: "\n")
    }
}
