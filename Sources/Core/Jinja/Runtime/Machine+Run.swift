extension Machine {
    /// Sets up the main template's context and function.
    mutating func start() throws(Fault) {
        let unit = unsafe bodies[0].unit
        unsafe context = newContext(unit: unit, outer: nil, seesRoots: true)
        unsafe outer = nil
        escapesJSON = template.options.outputMode == .jsonString
        unsafe sp = stack
        // Where there is no room at all, the first instruction is the place of the failure.
        unsafe pc = bodies[0].start &+ 1
        try enter(0)
    }

    /// Starts a body whose values begin at the top of the stack.
    @inline(__always)
    mutating func enter(_ number: Int32) throws(Fault) {
        let body = unsafe bodies + Int(number)
        let count = unsafe Int(body.pointee.localCount)
        let needed = unsafe count &+ Int(body.pointee.stackDepth) &+ 8
        if unsafe stackEnd - sp < needed { throw tooDeep() }
        if unsafe body.pointee.isCaptured {
            unsafe locals = arena.allocate(Value.self, count: count)
            unsafe record = arena.box(FrameRecord(locals: locals, outer: outer))
        } else {
            unsafe locals = sp
            unsafe sp += count
            unsafe record = nil
        }
        unsafe locals.update(repeating: .absent, count: count)
        unsafe pc = body.pointee.start
    }

    @inline(never)
    mutating func tooDeep() -> Fault {
        fault(.recursion, "calls inside calls deeper than \(JinjaLimits.callDepth) levels")
    }

    /// Runs until the main template ends.
    ///
    /// After a fault `pc` is behind the instruction that failed.
    mutating func run() throws(Fault) {
        var next = unsafe code + Int(pc)
        do throws(Fault) {
            try unsafe step(&next)
        } catch {
            pc = unsafe Int32(next - code)
            throw error
        }
    }

    /// Runs instructions from `next` on; it is behind the one that runs or failed.
    ///
    /// The address of the next instruction stays in a register; only what enters or leaves a body
    /// goes through `pc`.
    @unsafe
    @inline(__always)
    private mutating func step(
        _ next: inout UnsafeMutablePointer<Instruction>
    ) throws(Fault) {
        let code = unsafe self.code
        let constants = unsafe self.constants
        while true {
            let i = unsafe next
            unsafe next += 1
            switch unsafe i.pointee.operation {
            case .emitText:
                unsafe emitLiteral(literals + Int(i.pointee.b), Int(i.pointee.c))
                try checkOutput()
            case .emit:
                unsafe sp -= 1
                try unsafe emit(sp.pointee, i.pointee.flag)
            case .emitSlot: try unsafe emitSlot(i.pointee)
            case .emitLocal:
                let value = unsafe locals[Int(i.pointee.b)]
                try unsafe emit(
                    value.isAbsent ? unassigned(i.pointee.c) : value, i.pointee.flag)
            case .emitJSON:
                unsafe sp -= 1
                try unsafe emitJSON(sp.pointee)
            case .emitFixed:
                unsafe sp -= 1
                try unsafe emitFixed(sp.pointee, i.pointee)
            case .loopField:
                let value = unsafe locals[Int(i.pointee.b)]
                if value.tag == .loop {
                    unsafe push(loopField(value, i.pointee.flag))
                } else {
                    try unsafe push(attribute(of: value, constants[Int(i.pointee.c)]))
                }
            case .emitLocalAttribute:
                var value = unsafe locals[Int(i.pointee.b)]
                if value.isAbsent { unsafe value = unassigned(i.pointee.d) }
                let result = try unsafe attribute(of: value, constants[Int(i.pointee.c)])
                try unsafe emit(result, i.pointee.flag)

            case .constant: unsafe push(constants[Int(i.pointee.b)])
            case .slot:
                let value = try unsafe slotValue(Int(i.pointee.b))
                unsafe push(value.isAbsent ? constants[Int(i.pointee.c)] : value)
            case .object: try unsafe push(object(Int(i.pointee.b)))
            case .local:
                let value = unsafe locals[Int(i.pointee.b)]
                unsafe push(value.isAbsent ? unassigned(i.pointee.c) : value)
            case .localRaw: unsafe push(locals[Int(i.pointee.b)])
            case .outer:
                let value = unsafe outerLocals(i.pointee.a)[Int(i.pointee.b)]
                unsafe push(value.isAbsent ? unassigned(i.pointee.c) : value)
            case .outerRaw: unsafe push(outerLocals(i.pointee.a)[Int(i.pointee.b)])
            case .contextName: if unsafe contextName(i.pointee, next.pointee) { unsafe next += 1 }
            case .function: unsafe push(Value(tag: .function, aux: UInt16(i.pointee.b)))
            case .range:
                let count = unsafe Int(i.pointee.b)
                let range = try unsafe makeRange(CallArguments(base: sp - count, positional: count))
                unsafe sp -= count
                push(range)
            case .store:
                unsafe sp -= 1
                unsafe locals[Int(i.pointee.b)] = unsafe sp.pointee
            case .storeOuter:
                unsafe sp -= 1
                unsafe outerLocals(i.pointee.a)[Int(i.pointee.b)] = unsafe sp.pointee
            case .clear: unsafe locals[Int(i.pointee.b)] = .absent
            case .export:
                try unsafe export(i.pointee.b, sp[-1], isExported: i.pointee.flag == 1)
            case .storeAttribute:
                unsafe sp -= 2
                try unsafe storeAttribute(sp[1], constants[Int(i.pointee.b)], sp[0])
            case .unpack: try unsafe unpack(Int(i.pointee.b))
            case .pop: unsafe sp -= 1

            case .attribute:
                unsafe sp[-1] = try unsafe attribute(of: sp[-1], constants[Int(i.pointee.b)])
            case .localAttribute:
                var value = unsafe locals[Int(i.pointee.b)]
                if value.isAbsent { unsafe value = unassigned(i.pointee.d) }
                try unsafe push(attribute(of: value, constants[Int(i.pointee.c)]))
            case .item:
                unsafe sp -= 1
                unsafe sp[-1] = try unsafe item(of: sp[-1], sp[0])
            case .slice:
                unsafe sp -= 3
                unsafe sp[-1] = try unsafe slice(
                    sp[-1], sp[0], sp[1], sp[2], isConstant: i.pointee.flag == 1)
            case .list, .tuple:
                let list = unsafe popList(Int(i.pointee.b))
                unsafe push(i.pointee.operation == .list ? list.list : list.tuple)
            case .dict: try unsafe popDict(Int(i.pointee.b))

            case .add:
                unsafe sp -= 1
                let a = unsafe sp[-1]
                let b = unsafe sp[0]
                if a.tag == .int && b.tag == .int {
                    let (sum, overflow) = a.int.addingReportingOverflow(b.int)
                    if !overflow {
                        unsafe sp[-1] = Value(sum)
                        continue
                    }
                } else if a.tag == .float || b.tag == .float, let x = a.exactDouble,
                    let y = b.exactDouble
                {
                    unsafe sp[-1] = Value(x + y)
                    continue
                }
                unsafe sp[-1] = try add(a, b)
            case .sub, .mul, .div, .floorDiv, .mod, .pow:
                unsafe sp -= 1
                unsafe sp[-1] = try unsafe arithmetic(i.pointee.operation, sp[-1], sp[0])
            case .negate: unsafe sp[-1] = try unsafe negate(sp[-1])
            case .plus: unsafe sp[-1] = try unsafe plus(sp[-1])
            case .not: unsafe sp[-1] = try unsafe Value(!isTrue(sp[-1]))
            case .concat: try unsafe concat(Int(i.pointee.b), i.pointee.flag)
            case .compare:
                unsafe sp -= 1
                unsafe sp[-1] = try unsafe Value(compare(i.pointee.flag, sp[-1], sp[0]))
            case .compareChain:
                unsafe sp -= 1
                if try unsafe compare(i.pointee.flag, sp[-1], sp[0]) {
                    unsafe sp[-1] = unsafe sp[0]
                } else {
                    unsafe sp[-1] = .false
                    unsafe next = code + Int(i.pointee.b)
                }

            case .jump: unsafe next = code + Int(i.pointee.b)
            case .jumpIfFalse:
                unsafe sp -= 1
                if try unsafe !isTrue(sp.pointee) { unsafe next = code + Int(i.pointee.b) }
            case .jumpIfTrue:
                unsafe sp -= 1
                if try unsafe isTrue(sp.pointee) { unsafe next = code + Int(i.pointee.b) }
            case .jumpIfFalseOrPop:
                if try unsafe isTrue(sp[-1]) {
                    unsafe sp -= 1
                } else {
                    unsafe next = code + Int(i.pointee.b)
                }
            case .jumpIfTrueOrPop:
                if try unsafe isTrue(sp[-1]) {
                    unsafe next = code + Int(i.pointee.b)
                } else {
                    unsafe sp -= 1
                }
            case .jumpIfDefinedOrPop:
                if unsafe sp[-1].isUndefined {
                    unsafe sp -= 1
                } else {
                    unsafe next = code + Int(i.pointee.b)
                }
            case .beginLoop:
                unsafe sp -= 1
                unsafe locals[Int(i.pointee.b)] = try unsafe beginLoop(sp.pointee, i.pointee)
            case .nextItem:
                if let item = try unsafe nextItem(i.pointee) {
                    push(item)
                } else {
                    unsafe next = code + Int(i.pointee.c)
                }
            case .nextItemStore:
                if let item = try unsafe nextItem(i.pointee) {
                    unsafe locals[Int(i.pointee.d)] = item
                } else {
                    unsafe next = code + Int(i.pointee.c)
                }
            case .loopBack:
                if let item = try unsafe nextItem(i.pointee) {
                    unsafe locals[Int(i.pointee.d)] = item
                    unsafe next = code + Int(i.pointee.c)
                }
            case .passItem: unsafe loop(locals[Int(i.pointee.b)]).pointee.index += 1
            case .endRound: unsafe loop(locals[Int(i.pointee.b)]).pointee.hasEndedRound = true
            case .jumpIfLooped:
                if unsafe loop(locals[Int(i.pointee.b)]).pointee.hasEndedRound {
                    unsafe next = code + Int(i.pointee.c)
                }
            case .appendCurrent:
                let current = unsafe loop(locals[Int(i.pointee.c)]).pointee.current
                unsafe ListObject(locals[Int(i.pointee.b)]).append(current, &arena)
            case .beginCapture:
                unsafe locals[Int(i.pointee.b)] = Value(
                    tag: .int, aux: escapesJSON ? 1 : 0, bits: UInt64(out.count))
                escapesJSON = false
            case .endCapture: try unsafe push(endCapture(i.pointee))
            case .dropCapture:
                let capture = unsafe locals[Int(i.pointee.b)]
                out.truncate(to: capture.int)
                escapesJSON = capture.aux == 1
            case .requireText:
                if unsafe !sp[-1].isString {
                    let name = unsafe typeName(sp[-1])
                    throw fault(.type, "a filter block must end in text, not in a \(name)")
                }
            case .markup:
                if unsafe isEscaping(i.pointee.flag) {
                    unsafe sp[-1] = unsafe try Value(text(of: sp[-1]), isMarkup: true)
                }
            case .functionEnd:
                pc = unsafe Int32(next - code)
                try endFunction()
                unsafe next = code + Int(pc)
            case .bodyEnd:
                if try endBody() { return }
                unsafe next = code + Int(pc)
            case .halt: return

            case .filter:
                let count = unsafe Int(i.pointee.a)
                let arguments = unsafe CallArguments(base: sp - count, positional: count)
                let value = unsafe sp[-count - 1]
                let filter = unsafe BuiltinFilter(rawValue: UInt8(i.pointee.b)).unsafelyUnwrapped
                let result = try unsafe apply(filter, value, arguments, i.pointee.flag)
                unsafe sp -= count
                unsafe sp[-1] = result
            case .filterDynamic:
                let shape = unsafe shapes[Int(i.pointee.c)]
                let arguments = try prepare(shape)
                unsafe sp -= shape.count
                let filter = unsafe BuiltinFilter(rawValue: UInt8(i.pointee.b)).unsafelyUnwrapped
                unsafe sp[-1] = try unsafe applyDynamic(
                    filter, sp[-1], arguments, i.pointee.flag)
            case .test:
                let count = unsafe Int(i.pointee.a)
                let argument = unsafe count > 0 ? sp[-count] : .absent
                let test = unsafe BuiltinTest(rawValue: UInt8(i.pointee.b)).unsafelyUnwrapped
                unsafe sp -= count
                unsafe sp[-1] = try unsafe Value(apply(test, sp[-1], argument))
            case .testDynamic:
                let shape = unsafe shapes[Int(i.pointee.c)]
                let arguments = try prepare(shape)
                unsafe sp -= shape.count
                let test = unsafe BuiltinTest(rawValue: UInt8(i.pointee.b)).unsafelyUnwrapped
                unsafe sp[-1] = try unsafe Value(applyDynamic(test, sp[-1], arguments))
            case .call:
                pc = unsafe Int32(next - code)
                try unsafe runCall(i.pointee, emits: false)
                unsafe next = code + Int(pc)
            case .callEmit:
                pc = unsafe Int32(next - code)
                try unsafe runCall(i.pointee, emits: true)
                unsafe next = code + Int(pc)
            case .callMethod:
                pc = unsafe Int32(next - code)
                try unsafe runMethodCall(i.pointee)
                unsafe next = code + Int(pc)
            case .macro: unsafe push(makeMacro(i.pointee.b))
            case .defaultArgument:
                if unsafe !locals[Int(i.pointee.b)].isAbsent {
                    unsafe next = code + Int(i.pointee.c)
                }

            case .block:
                pc = unsafe Int32(next - code)
                try unsafe runBlock(i.pointee)
                unsafe next = code + Int(pc)
            case .extends:
                unsafe sp -= 1
                try unsafe extend(sp.pointee)
            case .jumpIfExtending:
                if unsafe context.pointee.parentUnit >= 0 { unsafe next = code + Int(i.pointee.b) }
            case .include:
                pc = unsafe Int32(next - code)
                try unsafe include(i.pointee)
                unsafe next = code + Int(pc)
            case .field:
                pc = unsafe Int32(next - code)
                unsafe try runField(i.pointee)
                unsafe next = code + Int(pc)
            case .importModule:
                pc = unsafe Int32(next - code)
                try unsafe importModule(i.pointee)
                unsafe next = code + Int(pc)
            case .importName: unsafe push(importName(sp[-1], constants[Int(i.pointee.b)]))
            case .templateReference:
                unsafe push(Value(.templateReference, at: UnsafeRawPointer(context)))
            case .superBlock:
                pc = unsafe Int32(next - code)
                unsafe push(superBlock(i.pointee.b))
            case .setAutoescape:
                unsafe sp -= 1
                let local = unsafe Int(i.pointee.b)
                unsafe locals[local] = unsafe Value(context.pointee.isAutoescaped)
                unsafe context.pointee.isAutoescaped = try unsafe isTrue(sp.pointee)
            case .restoreAutoescape:
                unsafe context.pointee.isAutoescaped = unsafe locals[Int(i.pointee.b)].bool
            case .raise:
                let code = unsafe FaultCode(rawValue: UInt8(i.pointee.a)).unsafelyUnwrapped
                throw unsafe fault(code, constants[Int(i.pointee.b)].text.string)
            }
        }
    }

    @inline(__always)
    mutating func push(_ value: Value) {
        unsafe sp.initialize(to: value)
        unsafe sp += 1
    }

    /// The undefined variable with the name of a constant.
    @inline(never)
    mutating func unassigned(_ name: Int32) -> Value {
        arena.undefined(
            UndefinedObject(
                reason: .variable, name: unsafe constants[Int(name)], object: .absent))
    }

    @inline(__always)
    func outerLocals(_ depth: UInt16) -> UnsafeMutablePointer<Value> {
        var record = unsafe outer.unsafelyUnwrapped
        var left = depth
        while left > 1 {
            unsafe record = record.pointee.outer.unsafelyUnwrapped
            left -= 1
        }
        return unsafe record.pointee.locals
    }

    private mutating func popList(_ count: Int) -> ListObject {
        let list = ListObject(&arena, capacity: count)
        unsafe sp -= count
        var i = 0
        while i < count {
            unsafe list.append(sp[i], &arena)
            i += 1
        }
        return list
    }

    private mutating func popDict(_ count: Int) throws(Fault) {
        let dict = DictObject(&arena, capacity: max(count, 1))
        unsafe sp -= 2 * count
        var i = 0
        while i < count {
            let key = unsafe sp[2 * i]
            dict.set(key, hash: try hash(key), unsafe sp[2 * i + 1], &arena)
            i += 1
        }
        push(dict.dict)
    }
}
