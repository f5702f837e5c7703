/// One step of a compiled template: an operation and up to three operands.
///
/// The stack of values is written as `[before] → [after]`. `b`, `c` and `d` are indices into the
/// template's tables or addresses in its code.
struct Instruction {
    enum Operation: UInt8 {
        // MARK: Output
        /// Puts out the literal bytes at `b`, `c` of them.
        case emitText
        /// [value] → []; `flag` is an `EscapeMode`.
        case emit
        /// Puts out the slot `b` without a value in between; `c` is its undefined constant.
        case emitSlot
        /// Puts out the local `b` named by constant `c`.
        case emitLocal
        /// Puts out the attribute `c` (constant) of the local `b`, whose name is constant `d`.
        case emitLocalAttribute

        /// [value] → []; puts out the value as `tojson` does
        case emitJSON
        /// [value] → []; puts out `'%.2f'|format(value)` with `a` decimals; `b` is the format
        case emitFixed
        /// Puts out template `b` inside a JSON string
        case field
        /// → [field of `loop` in local `b`]; `flag` is a `LoopField`, `c` the constant of its name
        case loopField

        // MARK: Loading and storing
        /// → [constant b]
        case constant
        /// → [slot b], undefined as constant `c` where it is missing
        case slot
        /// → [dict of the layout's object b]
        case object
        /// → [local b], undefined with the name of constant `c` where it is absent
        case local
        /// → [local b, whatever it is]
        case localRaw
        /// → [local b of the function `a` levels out], undefined with the name of constant `c`
        case outer
        case outerRaw
        /// → [what the context knows by the name b], else what instruction `d` places on says
        case contextName
        /// → [global function b]
        case function
        /// [b integers] → [the range of them]
        case range
        /// [value] → []; stores into local `b`
        case store
        case storeOuter
        /// Makes local `b` absent.
        case clear
        /// [value] → [value]; sets the context's variable named b; `flag`: it is exported
        case export
        /// [value, namespace] → []; sets the attribute with the name of constant b
        case storeAttribute
        /// [sequence] → [item n … item 1]
        case unpack
        case pop

        // MARK: Objects
        /// [object] → [attribute with the name of constant b]
        case attribute
        /// → [attribute c (constant) of local b, whose name is constant `d`]
        case localAttribute
        /// [object, key] → [item]
        case item
        /// [object, start, stop, step] → [slice]; `flag` 1: the object is made of constants
        case slice
        /// [b values] → [list]
        case list
        case tuple
        /// [b keys and values] → [dict]
        case dict

        // MARK: Operators
        /// [a, b] → [a + b] and so on
        case add, sub, mul, div, floorDiv, mod, pow
        case negate, plus, not
        /// [b values] → [text]; `flag` says whether the output is escaped
        case concat
        /// [a, b] → [bool]; `flag` is the comparator
        case compare
        /// [a, b] → [b], or [false] and a jump to `b` where the comparison fails
        case compareChain

        // MARK: Control
        case jump
        /// [value] → []; jumps to `b`
        case jumpIfFalse
        case jumpIfTrue
        /// [value] → [value] and a jump to `b`, or []
        case jumpIfFalseOrPop
        case jumpIfTrueOrPop
        /// [value] → [value] and a jump to `b`, or [] where it is undefined
        case jumpIfDefinedOrPop
        /// [iterable] → []; begins a loop in local `b`; `a`: 1 where it is recursive, its body `c`
        case beginLoop
        /// → [next item] of the loop in local `b`, or a jump to `c`
        case nextItem
        /// Like `nextItem` straight into local `d`. With `flag` 1 both count the item as a round.
        case nextItemStore
        /// Like `nextItemStore` at the end of a round: jumps to `c` where there is an item.
        case loopBack
        /// Counts the current item of the loop in local `b` as one that passed its filter.
        case passItem
        /// Notes that a round of the loop in local `b` came to its end.
        case endRound
        /// Jumps to `c` if a round of the loop in local `b` came to its end.
        case jumpIfLooped
        /// Appends the current item of the loop in local `c` to the list in local `b`.
        case appendCurrent
        /// Puts what is put out from now on aside; local `b` remembers.
        case beginCapture
        /// → [what was put out since]; `flag`: as markup
        case endCapture
        case dropCapture
        /// [value] → [value]; fails unless it is text, as the output of a filter block must be
        case requireText
        /// [text] → [text as markup] where `flag` says that the output is escaped
        case markup
        /// Ends a function: its output becomes its caller's value.
        case functionEnd
        /// Ends a template unit or a block, whose output stays.
        case bodyEnd
        /// Ends an expression compiled on its own.
        case halt

        // MARK: Calls
        /// [value, arguments] → [result]; filter `b`, `a` arguments, `flag` escape mode
        case filter
        /// As `filter` with the call shape `c`
        case filterDynamic
        case test
        case testDynamic
        /// [callee, arguments] → [result]; call shape `b`
        case call
        /// As `call`, putting the result out; `flag` is the `EscapeMode`
        case callEmit
        /// [object, arguments] → [result] of the method with the name of constant `c`; shape `b`;
        /// `a`: 1 puts the result out instead, in the `EscapeMode` of `flag`
        case callMethod
        /// → [macro of body b]
        case macro
        /// Jumps to `c` if the parameter in local `b` was given; its default follows.
        case defaultArgument

        // MARK: Other templates
        /// Puts out the block named b
        case block
        /// [name] → []; the template that this one extends
        case extends
        /// Jumps to `b` if a parent template is known
        case jumpIfExtending
        /// [name or names] → []; `a`: 1 ignores missing; `flag`: 1 with context; `c` local map
        case include
        /// [name] → [module]
        case importModule
        /// [module] → [module, attribute with the name of constant b]
        case importName
        /// → [`self`]
        case templateReference
        /// → [the block above block b]
        case superBlock
        /// [value] → []; sets whether the output is escaped, remembering in local `b`
        case setAutoescape
        case restoreAutoescape
        /// Fails with the message of constant b and the code in `a`
        case raise
    }

    /// What happens to a printed value.
    enum EscapeMode: UInt8 {
        case plain = 0
        case html = 1
        /// As the running context says: inside `{% autoescape expression %}`.
        case dynamic = 2
    }

    var operation: Operation
    var flag: UInt8 = 0
    var a: UInt16 = 0
    var b: Int32 = 0
    var c: Int32 = 0
    var d: Int32 = 0
}

/// A piece of code that is entered by a call: a template unit, a block, a macro or a loop.
struct CodeBody {
    enum Kind: UInt8 {
        case unit, block, macro, loop, expression
    }

    var kind: Kind
    var start: Int32 = 0
    /// Locals, parameters first.
    var localCount: Int32 = 0
    /// The deepest stack of values while it runs.
    var stackDepth: Int32 = 0
    /// The unit whose source it comes from.
    var unit: Int32 = 0
    /// The constant of its name.
    var name: Int32 = 0
    /// Whether an inner function looks back at its locals, so that they must outlive it.
    var isCaptured = false
    /// Positional parameters of a macro.
    var parameterCount: Int32 = 0
    /// Constants of the parameters' names, in `Template.parameterNames` from here on.
    var parameterNames: Int32 = 0
    /// Locals of the special parameters, -1 where the macro does not use them.
    var callerLocal: Int32 = -1
    var extraLocal: Int32 = -1
    var extraNamedLocal: Int32 = -1
    /// Whether a caller may be given.
    var acceptsCaller = false
    /// For a loop: the local of its loop object.
    var loopLocal: Int32 = -1
}

/// How the arguments of one call lie on the stack.
struct CallShape {
    var positional: Int32 = 0
    /// Constants of the keywords' names, in `Template.keywordNames` from here on.
    var keywordNames: Int32 = 0
    var keywords: Int32 = 0
    var hasSpread = false
    var hasKeywordSpread = false

    /// Values on the stack in all.
    var count: Int {
        Int(positional) + Int(keywords) + (hasSpread ? 1 : 0) + (hasKeywordSpread ? 1 : 0)
    }
}
