extension Machine {
    // MARK: Contexts

    /// A fresh context of a unit, with the unit's own blocks.
    mutating func newContext(
        unit: Int32, outer: UnsafeMutablePointer<ContextObject>?, seesRoots: Bool
    ) -> UnsafeMutablePointer<ContextObject> {
        // Nothing is in them until somebody puts it there.
        let variables = unsafe UnsafeMutablePointer<ContextObject.Variable>(
            bitPattern: MemoryLayout<ContextObject.Variable>.alignment)
        let object = unsafe ContextObject(
            unit: unit, parentUnit: -1, variables: variables.unsafelyUnwrapped, variableCount: 0,
            variableCapacity: 0, outer: outer, blocks: nil, blockCount: 0, blockCapacity: 0,
            seesRoots: seesRoots, isAutoescaped: template.options.autoescape)
        let context = unsafe arena.box(object)
        unsafe addBlocks(of: unit, to: context)
        return unsafe context
    }

    /// Sets a variable of the context, shown to whoever imports it if `isExported`.
    mutating func export(_ name: Int32, _ value: Value, isExported: Bool) throws(Fault) {
        try spend(unsafe context.pointee.variableCount &>> 6)
        unsafe setVariable(name, value, isExported, in: context)
    }

    @unsafe
    private mutating func setVariable(
        _ name: Int32, _ value: Value, _ isExported: Bool,
        in context: UnsafeMutablePointer<ContextObject>
    ) {
        let count = unsafe context.pointee.variableCount
        for i in 0..<count where unsafe context.pointee.variables[i].name == name {
            unsafe context.pointee.variables[i].value = value
            unsafe context.pointee.variables[i].isExported = isExported
            return
        }
        if unsafe count == context.pointee.variableCapacity {
            let capacity = max(4, count * 2)
            let grown = unsafe arena.allocate(ContextObject.Variable.self, count: capacity)
            unsafe grown.update(from: context.pointee.variables, count: count)
            unsafe context.pointee.variables = unsafe grown
            unsafe context.pointee.variableCapacity = capacity
        }
        unsafe (context.pointee.variables + count).initialize(
            to: ContextObject.Variable(name: name, isExported: isExported, value: value))
        unsafe context.pointee.variableCount += 1
    }

    /// Pushes a name that the context knows; false where `next` is to push what it means otherwise.
    mutating func contextName(_ i: Instruction, _ next: Instruction) -> Bool {
        var current = unsafe Optional(context)
        while let context = unsafe current {
            for k in 0..<(unsafe context.pointee.variableCount) {
                let variable = unsafe context.pointee.variables[k]
                if variable.name == i.b && !variable.value.isAbsent {
                    push(variable.value)
                    return true
                }
            }
            if unsafe !context.pointee.seesRoots {
                // An import without context sees global functions, not the render's variables.
                return hideRoot(i, next)
            }
            unsafe current = unsafe context.pointee.outer
        }
        return false
    }

    private mutating func hideRoot(_ i: Instruction, _ next: Instruction) -> Bool {
        guard next.operation != .function else { return false }
        if next.operation == .constant && i.flag == 1 { return false }
        let name = arena.copy(template.nameTexts[Int(i.b)])
        let value =
            i.flag == 1
            ? Value.absent
            : arena.undefined(
                UndefinedObject(reason: .variable, name: Value(name), object: .absent))
        push(value)
        return true
    }

    /// A context that shows the locals of a map before everything of the current one.
    mutating func derivedContext(_ map: Int32) -> UnsafeMutablePointer<ContextObject> {
        let derived = unsafe arena.box(context.pointee)
        unsafe derived.pointee.outer = unsafe context
        unsafe derived.pointee.variableCount = 0
        unsafe derived.pointee.variableCapacity = 0
        unsafe passLocals(map, to: derived)
        return unsafe derived
    }

    @unsafe
    private mutating func passLocals(
        _ map: Int32, to context: UnsafeMutablePointer<ContextObject>
    ) {
        for entry in template.localMaps[Int(map)] {
            let value =
                unsafe entry.depth == 0
                ? locals[Int(entry.local)]
                : outerLocals(UInt16(entry.depth))[Int(entry.local)]
            if !value.isAbsent { unsafe setVariable(entry.name, value, false, in: context) }
        }
    }

    // MARK: Blocks

    @unsafe
    private mutating func addBlocks(
        of unit: Int32, to context: UnsafeMutablePointer<ContextObject>
    ) {
        let blocks = template.unitBlocks[Int(unit)]
        guard !blocks.isEmpty else { return }
        let count = unsafe context.pointee.blockCount
        if unsafe count + blocks.count > context.pointee.blockCapacity {
            let capacity = (count + blocks.count) * 2
            let grown = unsafe arena.allocate(ContextObject.Block.self, count: capacity)
            if let old = unsafe context.pointee.blocks {
                unsafe grown.update(from: old, count: count)
            }
            unsafe context.pointee.blocks = unsafe grown
            unsafe context.pointee.blockCapacity = capacity
        }
        guard let storage = unsafe context.pointee.blocks else { return }
        for (offset, block) in blocks.enumerated() {
            unsafe storage[count + offset] = ContextObject.Block(
                name: block.name, body: block.body)
        }
        unsafe context.pointee.blockCount += blocks.count
    }

    /// The body of a block, `level` definitions up the chain of `extends`.
    @unsafe
    func block(
        _ name: Int32, _ level: Int, _ context: UnsafeMutablePointer<ContextObject>
    ) -> Int32? {
        guard let blocks = unsafe context.pointee.blocks else { return nil }
        var left = level
        for i in 0..<(unsafe context.pointee.blockCount) where unsafe blocks[i].name == name {
            if left == 0 { return unsafe blocks[i].body }
            left -= 1
        }
        return nil
    }

    /// `super` of the block that is running: the next definition above it.
    mutating func superBlock(_ name: Int32) -> Value {
        let running = runningBody
        var level = 0
        while let body = unsafe block(name, level, context), body != running { level += 1 }
        guard unsafe block(name, level + 1, context) != nil else {
            let text = "there is no block above '\(template.names[Int(name)])'"
            return arena.undefined(
                UndefinedObject(
                    reason: .message, name: Value(copy(text)), object: .absent))
        }
        let object = unsafe BlockObject(name: name, level: level + 1, context: context)
        return unsafe Value(.block, at: arena.box(object))
    }

    /// The body that the current instruction belongs to.
    private var runningBody: Int32 {
        for i in unsafe template.bodies.indices.reversed() where unsafe bodies[i].start < pc {
            return Int32(i)
        }
        return 0
    }

    /// Copies a string into the arena; for messages.
    mutating func copy(_ string: String) -> Text {
        var string = string
        return string.withUTF8 { utf8 in
            guard let base = utf8.baseAddress else { return Text("") }
            return unsafe arena.copy(Text(base: base, count: utf8.count))
        }
    }

    // MARK: Other templates

    /// The number of the template of a name; nil where there is none.
    private mutating func unit(named value: Value) throws(Fault) -> Int32? {
        guard value.tag == .string else {
            if value.tag == .undefined { throw undefinedFault(value) }
            throw fault(
                .type, "the name of a template must be a string, not \(typeName(value))")
        }
        return template.unitNumbers[value.text.string]
    }

    private mutating func notFound(_ value: Value) -> Fault {
        let name = value.tag == .string ? value.text.string : typeName(value)
        let hint = Suggestion.hint(for: name, among: template.unitNumbers.keys)
        return fault(.notFound, "there is no template '\(name)'\(hint)")
    }

    mutating func extend(_ name: Value) throws(Fault) {
        guard let unit = try unit(named: name) else { throw notFound(name) }
        unsafe context.pointee.parentUnit = unit
        includeDepth += 1
        guard includeDepth < JinjaLimits.includeDepth else {
            throw fault(
                .recursion,
                "templates extend one another deeper than \(JinjaLimits.includeDepth) levels")
        }
        unsafe addBlocks(of: unit, to: context)
    }

    mutating func include(_ i: Instruction) throws(Fault) {
        unsafe sp -= 1
        let name = unsafe sp.pointee
        var found: Int32?
        if name.tag == .list || name.tag == .tuple || name.tag == .iterator {
            let names = try list(of: name)
            for k in 0..<names.count where found == nil { found = try unit(named: names[k]) }
        } else if name.isString || name.isUndefined {
            found = try unit(named: name)
        } else if try isTrue(name) {
            throw fault(.type, "the name of a template cannot be a \(typeName(name))")
        }
        guard let found else {
            if i.a == 1 { return }
            throw notFound(name)
        }
        let seesContext = i.flag == 1
        let unit = unsafe newContext(
            unit: found, outer: seesContext ? context : nil, seesRoots: seesContext)
        if i.c >= 0 { unsafe passLocals(i.c, to: unit) }
        try unsafe enterUnit(found, unit, .include, sp)
    }

    /// Puts out a field of a payload.
    mutating func runField(_ i: Instruction) throws(Fault) {
        let field = unsafe newContext(unit: i.b, outer: context, seesRoots: true)
        try unsafe enterUnit(i.b, field, .include, sp)
        escapesJSON = true
    }

    mutating func importModule(_ i: Instruction) throws(Fault) {
        unsafe sp -= 1
        let name = unsafe sp.pointee
        guard let found = try unit(named: name) else { throw notFound(name) }
        let seesContext = i.flag == 1
        let unit = unsafe newContext(
            unit: found, outer: seesContext ? context : nil, seesRoots: seesContext)
        if i.c >= 0 { unsafe passLocals(i.c, to: unit) }
        try unsafe enterUnit(found, unit, .module, sp)
    }

    /// Makes the module of a template that has run.
    @unsafe
    mutating func finishModule(
        _ context: UnsafeMutablePointer<ContextObject>, from mark: Int
    ) throws(Fault) {
        let text = try takeOutput(from: mark, isMarkup: true)
        let object = unsafe arena.box(ModuleObject(context: context, text: text))
        unsafe push(Value(.module, at: object))
    }

    func module(_ value: Value) -> UnsafeMutablePointer<ModuleObject> {
        unsafe value.address.assumingMemoryBound(to: ModuleObject.self)
    }

    /// What a module exports under a name; nil where it exports nothing of that name.
    func moduleAttribute(_ value: Value, _ name: Text) -> Value? {
        let context = unsafe module(value).pointee.context
        for i in 0..<(unsafe context.pointee.variableCount) {
            let variable = unsafe context.pointee.variables[i]
            if variable.isExported && template.nameTexts[Int(variable.name)] == name {
                return variable.value
            }
        }
        return nil
    }

    mutating func importName(_ module: Value, _ name: Value) -> Value {
        if let value = moduleAttribute(module, name.text) { return value }
        let unit = unsafe self.module(module).pointee.context.pointee.unit
        let text =
            "the template '\(template.unitName(unit))' does not export '\(name.text.string)'"
        return arena.undefined(
            UndefinedObject(reason: .message, name: Value(copy(text)), object: .absent))
    }
}

/// An imported template: what it exports, and what it put out.
// SAFETY: in the arena, as what it points to: they end together.
@safe
struct ModuleObject {
    var context: UnsafeMutablePointer<ContextObject>
    var text: Value
}
