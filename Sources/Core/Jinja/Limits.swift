/// Every limit of the template engine, each with its reason and what happens beyond it.
///
/// Templates are written by tenants, so each of them must end, in bounded memory, on any thread.
package enum JinjaLimits {
    // MARK: Compiling

    /// Bytes of one template's source: four times the largest e-mail that is worth sending.
    ///
    /// Beyond it `parse` fails.
    package static let templateBytes = 4 << 20

    /// Levels of tags inside tags and of brackets inside brackets.
    ///
    /// The parser and the code generator recurse, and in a release build fit a 512 KiB thread
    /// stack. Beyond it `parse` fails.
    package static let nestingDepth = 100

    /// Links of one chain, such as `a + b + c` or `x|f|g`, which become a tree as deep as the chain
    /// is long.
    ///
    /// Beyond it `parse` fails.
    package static let chainLength = 1000

    /// Errors listed by one compile; a page of them helps, more do not.
    package static let errorsReported = 20

    /// Instructions of one compiled template with everything it includes.
    ///
    /// Beyond it `bind` fails.
    package static let instructions = 1 << 20

    /// Templates that one bind may hold.
    ///
    /// Beyond it `bind` fails.
    package static let templatesPerBind = 256

    /// Steps that rendering a constant part of a template may take when it is bound, and the bytes
    /// it may become.
    ///
    /// Beyond it the part is rendered with each message, as if it were not constant.
    package static let foldingFuel = 20_000
    /// Bytes that a constant part may become when it is bound.
    ///
    /// Beyond it the part is rendered with each message, too.
    package static let foldedBytes = 64 << 10

    /// Steps and instructions that all constant parts of one template may take together, so that
    /// binding takes no longer than reading it.
    package static let foldingEffort = 1_000_000

    /// Levels of objects and arrays in a variable schema.
    ///
    /// Beyond it the schema is refused.
    package static let schemaDepth = 64

    // MARK: Rendering

    /// Steps of one render: a loop round, a call, or 64 bytes or items that an operation works
    /// through count as one.
    ///
    /// About a second of one core. Beyond it the render fails.
    package static let fuel = 20_000_000

    /// Bytes that one render may put out.
    ///
    /// Beyond it the render fails.
    package static let outputBytes = 1 << 20

    /// Bytes of memory for the values of one render.
    ///
    /// Beyond it the render fails.
    package static let arenaBytes = 64 << 20

    /// Bytes of arena that a machine keeps between renders.
    package static let arenaBytesRetained = 1 << 20

    /// Bytes of the first chunk of an arena, enough for most messages.
    package static let arenaChunkBytes = 64 << 10

    /// Macros, blocks, callers and recursive loops inside one another.
    ///
    /// As deep as Python's own stack allows Jinja2 to go. Beyond it the render fails with a
    /// recursion error.
    package static let callDepth = 300

    /// Templates that include or import one another.
    ///
    /// Beyond it the render fails.
    package static let includeDepth = 100

    /// Values on the stack of a machine: 16 bytes each.
    ///
    /// Beyond it the render fails.
    package static let stackValues = 1 << 16

    /// Items of one `range`, as in Jinja2's sandbox.
    ///
    /// Beyond it the render fails.
    package static let rangeItems = 100_000

    /// Bytes of one string and items of one list, so that repetition and padding cannot ask for all
    /// the memory at once.
    ///
    /// Beyond it the operation fails.
    package static let stringBytes = 8 << 20
    /// Items of one list.
    ///
    /// Beyond it the operation fails.
    package static let listItems = 1 << 20

    /// Levels of lists inside lists that printing, comparing, copying and JSON go into; they
    /// recurse.
    ///
    /// Beyond it the operation fails with a recursion error.
    package static let valueDepth = 200

    /// Bits of an integer: 4,300 digits, which is what Python prints.
    ///
    /// Beyond it the operation fails.
    package static let integerBits = 16_384

    /// Digits of an integer that is written out, in JSON too, as in Python.
    ///
    /// Reading them takes time with the square of their number. Beyond it `parse` fails.
    package static let integerDigits = 4300

    /// Names of missing variables that one render reports.
    package static let missingReported = 64
}
