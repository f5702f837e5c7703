/// What one running template sees beside its locals: exported variables, what an `include`
/// passed, and the chain of blocks of its inheritance.
///
/// The variables given to the render are not here: a name that no template of the set assigns is
/// resolved to a slot or a constant at compile time and never looks into a context.
// SAFETY: in the arena, as what it points to: they end together.
@safe
struct ContextObject {
    struct Variable {
        var name: Int32
        var isExported: Bool
        var value: Value
    }

    struct Block {
        var name: Int32
        var body: Int32
    }

    /// The number of the template unit.
    var unit: Int32
    /// The unit that an `extends` named, -1 without one.
    var parentUnit: Int32
    var variables: UnsafeMutablePointer<Variable>
    var variableCount: Int
    var variableCapacity: Int
    /// What the including template passed: its context, seen behind the variables.
    var outer: UnsafeMutablePointer<ContextObject>?
    var blocks: UnsafeMutablePointer<Block>?
    var blockCount: Int
    var blockCapacity: Int
    /// Whether the variables of the render are seen: not by an import without context.
    var seesRoots: Bool
    var isAutoescaped: Bool
}
