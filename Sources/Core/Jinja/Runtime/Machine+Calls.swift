extension Machine {
    // MARK: Arguments

    /// The arguments on top of the stack, with `*` and `**` spread out.
    mutating func prepare(_ shape: CallShape) throws(Fault) -> CallArguments {
        let base = unsafe sp - shape.count
        let names = unsafe keywordNames + Int(shape.keywordNames)
        if !shape.hasSpread && !shape.hasKeywordSpread {
            return unsafe CallArguments(
                base: base, positional: Int(shape.positional), names: names,
                keywordCount: Int(shape.keywords))
        }
        return try unsafe spread(shape, base, names)
    }

    private mutating func spread(
        _ shape: CallShape, _ base: UnsafeMutablePointer<Value>,
        _ names: UnsafeMutablePointer<Value>?
    ) throws(Fault) -> CallArguments {
        let values = ListObject(&arena, capacity: shape.count + 8)
        let keys = ListObject(&arena, capacity: 8)
        let positional = Int(shape.positional)
        let keywords = Int(shape.keywords)
        for i in 0..<positional { unsafe values.append(base[i], &arena) }
        var next = positional + keywords
        if shape.hasSpread {
            let list = try unsafe self.list(of: base[next])
            for i in 0..<list.count { values.append(list[i], &arena) }
            next += 1
        }
        let count = values.count
        for i in 0..<keywords {
            if let names = unsafe names { unsafe keys.append(names[i], &arena) }
            unsafe values.append(base[positional + i], &arena)
        }
        if shape.hasKeywordSpread {
            let value = unsafe base[next]
            guard value.tag == .dict else {
                throw fault(.type, "the value behind '**' is no dict but \(typeName(value))")
            }
            let dict = DictObject(value)
            for i in 0..<dict.count {
                guard dict.key(i).tag == .string else {
                    throw fault(.type, "the keys of the dict behind '**' must be strings")
                }
                for k in 0..<keys.count where keys[k].text == dict.key(i).text {
                    throw fault(.type, "argument '\(keys[k].text.string)' is given twice")
                }
                keys.append(dict.key(i), &arena)
                values.append(dict.value(i), &arena)
            }
        }
        return unsafe CallArguments(
            base: values.items, positional: count, names: keys.items, keywordCount: keys.count)
    }

    // MARK: Calling

    mutating func runCall(_ i: Instruction, emits: Bool) throws(Fault) {
        let shape = unsafe shapes[Int(i.b)]
        let arguments = try prepare(shape)
        let bottom = unsafe sp - shape.count - 1
        try unsafe call(bottom.pointee, arguments, bottom, i.flag, emits: emits)
    }

    mutating func runMethodCall(_ i: Instruction) throws(Fault) {
        let shape = unsafe shapes[Int(i.b)]
        let arguments = try prepare(shape)
        let bottom = unsafe sp - shape.count - 1
        let receiver = unsafe bottom.pointee
        let name = unsafe constants[Int(i.c)]
        let emits = i.a == 1
        if receiver.tag == .dict, let value = DictObject(receiver)[name.text] {
            return try unsafe call(value, arguments, bottom, i.flag, emits: emits)
        }
        if let result = try callBuiltinMethod(receiver, name, arguments) {
            return try unsafe finish(result, bottom, i.flag, emits: emits)
        }
        let callee = try attribute(of: receiver, name)
        try unsafe call(callee, arguments, bottom, i.flag, emits: emits)
    }

    /// Leaves the result of a native call where the caller wants it.
    @inline(__always)
    private mutating func finish(
        _ result: Value, _ bottom: UnsafeMutablePointer<Value>, _ flag: UInt8, emits: Bool
    ) throws(Fault) {
        unsafe sp = bottom
        if emits { try emit(result, flag) } else { push(result) }
    }

    /// Calls a value: natively, or by entering its body.
    mutating func call(
        _ callee: Value, _ arguments: CallArguments, _ bottom: UnsafeMutablePointer<Value>,
        _ flag: UInt8, emits: Bool
    ) throws(Fault) {
        try spend(1)
        switch callee.tag {
        case .macro:
            let macro = unsafe callee.address.assumingMemoryBound(to: MacroObject.self).pointee
            if unsafe bodies[Int(macro.body)].kind == .loop {
                try unsafe enterLoop(macro.body, macro.outer, 0, arguments, bottom, flag, emits)
            } else {
                try unsafe enterMacro(macro, arguments, bottom, flag, emits)
            }
        case .loop:
            let loop = unsafe self.loop(callee).pointee
            guard loop.recursiveBody >= 0 else {
                throw fault(.type, "a loop must be marked 'recursive' to be called")
            }
            guard arguments.positional == 1 && arguments.keywordCount == 0 else {
                throw fault(.type, "loop() takes exactly one value")
            }
            try unsafe enterLoop(
                loop.recursiveBody, loop.outer, loop.depth, arguments, bottom, flag, emits)
        case .block: try unsafe enterBlock(callee, arguments, bottom, flag, emits)
        default:
            let result = try callNative(callee, arguments)
            try unsafe finish(result, bottom, flag, emits: emits)
        }
    }

    /// Calls what is no body of the template.
    mutating func callNative(_ callee: Value, _ arguments: CallArguments) throws(Fault) -> Value {
        switch callee.tag {
        case .function: return try callGlobal(callee, arguments)
        case .method:
            let method = unsafe callee.address.assumingMemoryBound(to: MethodObject.self).pointee
            guard let result = try callBuiltinMethod(method.receiver, method.name, arguments)
            else {
                throw fault(.type, "'\(method.name.text.string)' cannot be called here")
            }
            return result
        case .joiner:
            let joiner = unsafe callee.address.assumingMemoryBound(to: JoinerObject.self)
            guard arguments.isEmpty else { throw fault(.type, "a joiner takes no arguments") }
            defer { unsafe joiner.pointee.wasUsed = true }
            return unsafe joiner.pointee.wasUsed ? joiner.pointee.separator : .emptyString
        case .undefined: throw undefinedFault(callee)
        default:
            throw fault(.type, "a value of type '\(typeName(callee))' cannot be called")
        }
    }

    // MARK: Entering bodies

    @inline(__always)
    private mutating func pushFrame(
        _ kind: Frame.Kind, _ flag: UInt8, _ bottom: UnsafeMutablePointer<Value>, limit: Int
    ) throws(Fault) {
        if frameCount >= limit { throw tooDeep() }
        unsafe (frames + frameCount).initialize(
            to: Frame(
                kind: kind, flag: flag, escapedJSON: escapesJSON, returnPC: pc, mark: out.count,
                locals: locals, sp: bottom, record: record, outer: outer, context: context))
        frameCount += 1
    }

    private var callLimit: Int { JinjaLimits.callDepth + includeDepth }

    private mutating func enterMacro(
        _ macro: MacroObject, _ arguments: CallArguments, _ bottom: UnsafeMutablePointer<Value>,
        _ flag: UInt8, _ emits: Bool
    ) throws(Fault) {
        try unsafe pushFrame(emits ? .output : .value, flag, bottom, limit: callLimit)
        escapesJSON = false
        unsafe outer = macro.outer
        unsafe context = macro.context
        try enter(macro.body)
        try unsafe bind(bodies[Int(macro.body)], arguments)
    }

    /// Puts the arguments of a macro into its locals.
    private mutating func bind(_ body: CodeBody, _ arguments: CallArguments) throws(Fault) {
        let count = Int(body.parameterCount)
        let given = min(count, arguments.positional)
        var i = 0
        while i < given {
            unsafe locals[i] = arguments[i]
            i += 1
        }
        guard
            arguments.keywordCount > 0 || arguments.positional > count || body.callerLocal >= 0
                || body.extraLocal >= 0 || body.extraNamedLocal >= 0
        else { return }
        try bindRest(body, arguments)
    }

    private mutating func bindRest(_ body: CodeBody, _ arguments: CallArguments) throws(Fault) {
        let count = Int(body.parameterCount)
        let name = unsafe constants[Int(body.name)].text.string
        let extra = DictObject(&arena)
        var callerIsGiven = false
        for k in 0..<arguments.keywordCount {
            let keyword = arguments.keywordName(k).text
            var wasTaken = false
            for p in min(count, arguments.positional)..<count {
                let parameter = unsafe parameterNames[Int(body.parameterNames) + p].text
                if parameter == keyword {
                    unsafe locals[p] = arguments.keywordValue(k)
                    wasTaken = true
                }
            }
            if wasTaken { continue }
            if keyword == "caller" && body.callerLocal >= 0 {
                unsafe locals[Int(body.callerLocal)] = arguments.keywordValue(k)
                callerIsGiven = true
            } else {
                extra.set(keyword, arguments.keywordValue(k), &arena)
            }
        }
        if body.callerLocal >= 0 && !callerIsGiven {
            unsafe locals[Int(body.callerLocal)] = message("no caller is defined")
        }
        if body.extraNamedLocal >= 0 {
            unsafe locals[Int(body.extraNamedLocal)] = extra.dict
        } else if extra.count > 0 {
            let keyword = extra.key(0).text.string
            throw fault(.type, "macro '\(name)' takes no argument '\(keyword)'")
        }
        if body.extraLocal >= 0 {
            unsafe locals[Int(body.extraLocal)] = arguments.dropFirst(count).tuple(&arena)
        } else if arguments.positional > count {
            let given = arguments.positional
            throw fault(.type, "macro '\(name)' takes at most \(count) arguments, not \(given)")
        }
    }

    private mutating func enterLoop(
        _ body: Int32, _ outer: UnsafeMutablePointer<FrameRecord>?, _ depth: Int,
        _ arguments: CallArguments, _ bottom: UnsafeMutablePointer<Value>, _ flag: UInt8,
        _ emits: Bool
    ) throws(Fault) {
        let items = arguments[0]
        try unsafe pushFrame(emits ? .output : .value, flag, bottom, limit: callLimit)
        escapesJSON = false
        unsafe self.outer = unsafe outer
        try enter(body)
        unsafe locals[0] = items
        // `beginLoop` finds there how deep the loop is.
        unsafe locals[Int(bodies[Int(body)].loopLocal)] = Value(depth)
    }

    private mutating func enterBlock(
        _ callee: Value, _ arguments: CallArguments, _ bottom: UnsafeMutablePointer<Value>,
        _ flag: UInt8, _ emits: Bool
    ) throws(Fault) {
        guard arguments.isEmpty else { throw fault(.type, "a block takes no arguments") }
        let block = unsafe callee.address.assumingMemoryBound(to: BlockObject.self).pointee
        guard let body = unsafe self.block(block.name, block.level, block.context) else {
            throw fault(.undefined, "there is no block above this one")
        }
        try unsafe pushFrame(emits ? .output : .value, flag, bottom, limit: callLimit)
        escapesJSON = false
        unsafe context = block.context
        unsafe outer = nil
        try enter(body)
    }

    /// Puts out a block where it stands.
    mutating func runBlock(_ i: Instruction) throws(Fault) {
        try spend(1)
        guard let body = unsafe block(i.b, 0, context) else {
            throw fault(.runtime, "block '\(template.names[Int(i.b)])' has no body")
        }
        if i.flag == 1, unsafe block(i.b, 1, context) == nil {
            throw fault(.runtime, "required block '\(template.names[Int(i.b)])' was not defined")
        }
        try unsafe pushFrame(.block, 0, sp, limit: callLimit)
        if i.c >= 0 { unsafe context = derivedContext(i.c) }
        unsafe outer = nil
        try enter(body)
    }

    /// Starts another template inside this one.
    mutating func enterUnit(
        _ unit: Int32, _ newContext: UnsafeMutablePointer<ContextObject>, _ kind: Frame.Kind,
        _ bottom: UnsafeMutablePointer<Value>
    ) throws(Fault) {
        guard includeDepth < JinjaLimits.includeDepth else {
            throw fault(
                .recursion,
                "templates include one another deeper than \(JinjaLimits.includeDepth) levels")
        }
        try unsafe pushFrame(kind, 0, bottom, limit: callLimit)
        includeDepth += 1
        if kind == .module { escapesJSON = false }
        unsafe context = unsafe newContext
        unsafe outer = nil
        try enter(template.unitBodies[Int(unit)])
    }

    // MARK: Leaving bodies

    /// Goes back to where the last frame came from.
    @inline(__always)
    private mutating func popFrame() -> Frame {
        frameCount -= 1
        let frame = unsafe frames[frameCount]
        pc = frame.returnPC
        unsafe sp = frame.sp
        unsafe locals = frame.locals
        unsafe record = frame.record
        unsafe outer = frame.outer
        unsafe context = frame.context
        escapesJSON = frame.escapedJSON
        return frame
    }

    /// Ends a macro, a caller or a recursive loop.
    mutating func endFunction() throws(Fault) {
        let frame = popFrame()
        if frame.kind == .value {
            let value = try takeOutput(
                from: frame.mark, isMarkup: isEscaping(frame.flag))
            push(value)
        } else if escapesJSON {
            escapeTail(from: frame.mark)
        }
    }

    /// Ends a template or a block; true where it was the main template.
    mutating func endBody() throws(Fault) -> Bool {
        let parent = unsafe context.pointee.parentUnit
        // A block ends on its own; a template that extends another one goes on with that.
        let isUnit =
            unsafe frameCount == 0 || frames[frameCount - 1].kind == .include
            || frames[frameCount - 1].kind == .module
        if isUnit && parent >= 0 {
            unsafe context.pointee.unit = parent
            unsafe context.pointee.parentUnit = -1
            try spend(1)
            unsafe sp = frameCount == 0 ? stack : frames[frameCount - 1].sp
            unsafe outer = nil
            try enter(template.unitBodies[Int(parent)])
            return false
        }
        guard frameCount > 0 else { return true }
        let ended = unsafe context
        let frame = popFrame()
        switch frame.kind {
        case .include: includeDepth -= 1
        case .module:
            includeDepth -= 1
            try unsafe finishModule(ended, from: frame.mark)
        case .value:
            try push(takeOutput(from: frame.mark, isMarkup: isEscaping(frame.flag)))
        case .output: if escapesJSON { escapeTail(from: frame.mark) }
        case .block: break
        }
        return false
    }

    mutating func makeMacro(_ body: Int32) -> Value {
        let macro = unsafe MacroObject(body: body, outer: record, context: context)
        return unsafe Value(.macro, at: arena.box(macro))
    }
}
