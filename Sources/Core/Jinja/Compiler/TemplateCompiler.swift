/// Turns parsed templates into one flat run of instructions.
///
/// 1. A name that no template of the set assigns anywhere is resolved here: to a slot, a constant,
///    an object of the layout, a global function or undefined. Only the others are looked up in
///    contexts at run time, and a template on its own without blocks has none of those.
/// 2. Each unit (template), block, macro and recursive loop is one function with numbered locals;
///    where they live is decided by `Scope`.
/// 3. Everything constant is written into the literals or the constants, escaped in the mode in
///    which it will be put out.
final class TemplateCompiler {
    struct Limit: Error {
        let message: String
    }

    /// The templates: the main one first.
    let units: [ParsedTemplate]
    let layout: VariableLayout
    let options: TemplateOptions
    let pool = ConstantPool()
    var literals: [UInt8] = []
    var functions: [FunctionBuilder] = []
    var names: [String: Int32] = [:]
    var parameterNames: [Int32] = []
    var keywordNames: [Int32] = []
    var shapes: [CallShape] = []
    /// What an `include` passes on: names with the locals they are in.
    var localMaps: [[LocalMapEntry]] = []
    var unitBodies: [Int32] = []
    /// Per unit, the name and body of each of its blocks.
    var unitBlocks: [[(name: Int32, body: Int32)]] = []
    /// The names that some template assigns where another one can see it.
    var contextNames: Set<String> = []
    /// Every name that some scope may assign: what is not among them is in no local.
    var assignedNames: Set<String> = ["loop", "self", "super", "caller", "varargs", "kwargs"]
    /// Whether some template is used without context, so that it must not see the variables.
    var hasIsolatedUnits = false
    /// The caller's slots in the order of first use, and the way back.
    var slots: [Int] = []
    var slotNumbers: [Int: Int32] = [:]
    var objects: [LayoutObject] = []
    var objectNumbers: [String: Int32] = [:]
    var constantCache: [String: Value] = [:]
    /// Levels of objects inside objects in the layout.
    lazy var layoutDepth = VariableLayout.depth(of: layout.roots)
    /// Whether a method that could change a shared constant is called anywhere.
    var usesMutators = false

    // The state of the body being generated.
    var function: FunctionBuilder!
    var scope: Scope!
    var unit = 0
    var autoescape = Instruction.EscapeMode.plain
    var isSoft = false
    /// Whether a printed expression without variables is generated, which Jinja2 folds.
    var isFolding = false
    var isTopLevel = false
    /// Whether text of the current body depends on no `extends` having been met.
    var checksExtends = false
    var extendsSeen = 0
    var hasKnownExtends = false
    var loops: [LoopState] = []

    struct LocalMapEntry {
        let name: Int32
        let depth: Int32
        let local: Int32
    }

    /// A loop around the statement being generated.
    struct LoopState {
        var start: Int32
        var exits: [Int] = []
        /// The captures that are open inside the loop.
        var captures: [Capture] = []

        enum Capture {
            case output(Int32)
            case autoescape(Int32)
        }
    }

    /// Whether constant parts are rendered here.
    let folds: Bool
    lazy var folder = ConstantFolder()

    init(units: [ParsedTemplate], layout: VariableLayout, folds: Bool = true) {
        self.folds = folds
        self.units = units
        self.layout = layout
        options = units[0].options
    }

    /// Generates everything.
    func compile() throws(Limit) {
        let hasContext = units.count > 1 || units.contains { !$0.facts.blocks.isEmpty }
        for unit in units {
            assignedNames.formUnion(unit.facts.assignedNames)
            if hasContext { contextNames.formUnion(unit.facts.assignedNames) }
        }
        hasIsolatedUnits = units.contains { $0.facts.isolatesOthers }
        usesMutators = units.contains { $0.facts.mentionsMutators }
        for index in units.indices {
            unitBodies.append(0)
            unitBlocks.append([])
            compileUnit(index)
        }
        let count = functions.reduce(0) { $0 + $1.code.count }
        guard count <= JinjaLimits.instructions else {
            throw Limit(
                message: "it compiles to more than \(JinjaLimits.instructions) instructions")
        }
    }

    // MARK: Units and blocks

    private func compileUnit(_ index: Int) {
        unit = index
        let parsed = units[index]
        begin(.unit, name: parsed.name)
        unitBodies[index] = Int32(function.number)
        scope = Scope(parent: nil, function: function)
        autoescape = parsed.options.autoescape ? .html : .plain
        isTopLevel = true
        isSoft = false
        extendsSeen = 0
        hasKnownExtends = false
        checksExtends = parsed.facts.hasExtends
        if parsed.facts.mentionsSelf,
            UndeclaredNames.among(["self"], in: parsed.body).contains("self")
        {
            declareSpecial("self", Instruction(operation: .templateReference))
        }
        scope.visit(parsed.body)
        enter(scope)
        generate(parsed.body)
        emit(.bodyEnd)
        for block in parsed.facts.blocks { compileBlock(block.block, offset: block.offset) }
    }

    private func compileBlock(_ block: Statement.Block, offset: Int32) {
        begin(.block, name: block.name)
        unitBlocks[unit].append((nameNumber(block.name), Int32(function.number)))
        scope = Scope(parent: nil, function: function)
        autoescape = units[unit].options.autoescape ? .html : .plain
        isTopLevel = false
        checksExtends = false
        isSoft = false
        let special = UndeclaredNames.among(["self", "super"], in: block.body)
        if special.contains("self") {
            declareSpecial("self", Instruction(operation: .templateReference))
        }
        if special.contains("super") {
            declareSpecial(
                "super", Instruction(operation: .superBlock, b: nameNumber(block.name)))
        }
        scope.visit(block.body)
        enter(scope)
        generate(block.body)
        emit(.bodyEnd)
    }

    private func declareSpecial(_ name: String, _ instruction: Instruction) {
        scope.declareParameter(name)
        function.emit(instruction, effect: 1, at: 0)
        let local = function.local(Scope.Variable(level: scope.level, name: name))
        function.emit(Instruction(operation: .store, b: local), effect: -1, at: 0)
    }

    /// Starts a function that no other one surrounds, or an inner one.
    func begin(_ kind: CodeBody.Kind, name: String, inside parent: FunctionBuilder? = nil) {
        function = FunctionBuilder(parent: parent, number: functions.count, unit: unit, kind: kind)
        function.body.name = pool.string(name)
        functions.append(function)
        loops = []
    }

    /// The number of a name that contexts know.
    func nameNumber(_ name: String) -> Int32 {
        if let number = names[name] { return number }
        let number = Int32(names.count)
        names[name] = number
        return number
    }

    // MARK: Emitting

    func emit(
        _ operation: Instruction.Operation, flag: UInt8 = 0, a: Int = 0, b: Int32 = 0,
        c: Int32 = 0, d: Int32 = 0, effect: Int32 = 0, at offset: Int32 = 0
    ) {
        let instruction = Instruction(
            operation: operation, flag: flag, a: UInt16(truncatingIfNeeded: a), b: b, c: c, d: d)
        function.emit(instruction, effect: effect, at: offset)
    }

    /// Emits a jump whose target `FunctionBuilder.land` fills in.
    func emitJump(
        _ operation: Instruction.Operation, flag: UInt8 = 0, b: Int32 = 0, d: Int32 = 0,
        effect: Int32, at offset: Int32
    ) -> Int {
        function.emit(
            Instruction(operation: operation, flag: flag, b: b, d: d), effect: effect, at: offset)
    }

    /// Emits code that fails when it is reached.
    func emitRaise(_ code: FaultCode, _ message: String, at offset: Int32, effect: Int32) {
        emit(
            .raise, a: Int(code.rawValue), b: pool.string(message), effect: effect, at: offset)
    }

    func emitText(_ bytes: some Collection<UInt8>, at offset: Int32) {
        guard !bytes.isEmpty else { return }
        let start = Int32(literals.count)
        literals.append(contentsOf: bytes)
        function.emitText(start: start, count: Int32(bytes.count), at: offset)
    }
}
