/// How a template is read and what its output becomes.
package struct TemplateOptions: Sendable, Equatable {
    /// What an unknown variable does.
    package enum Undefined: UInt8, Sendable {
        /// Prints as nothing, is false and empty; anything else fails.
        case standard
        /// Every use but `is defined` and `default` fails.
        case strict
        /// Like `standard`, but its attributes are undefined again.
        case chainable
    }

    /// What the output is put into.
    package enum OutputMode: UInt8, Sendable {
        /// The text itself.
        case text
        /// The inside of a JSON string literal: quotes, backslashes and control characters of the
        /// text are escaped as they are written.
        case jsonString
    }

    /// Whether printed values are HTML-escaped unless they are marked safe.
    package var autoescape = false
    /// Whether the first line end behind a tag is dropped.
    package var trimBlocks = false
    /// Whether white space before a tag is dropped where nothing else is on its line.
    package var lstripBlocks = false
    /// Whether the line end at the end of the source is put out.
    package var keepTrailingNewline = false
    /// What the use of a variable that is not there does.
    package var undefined = Undefined.standard
    /// What the output is escaped for.
    package var outputMode = OutputMode.text
    /// Whether `{% do %}` is a tag.
    package var allowsDo = true
    /// Whether `{% break %}` and `{% continue %}` are tags.
    package var allowsLoopControls = true
    /// Whether methods that change a list or a dict are refused.
    package var isImmutable = false

    /// Jinja2's own defaults, and the tags of its extensions.
    package init() {}
}
