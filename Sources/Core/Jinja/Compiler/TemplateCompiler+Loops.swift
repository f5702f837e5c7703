extension TemplateCompiler {
    func generateLoop(_ loop: Statement.ForLoop, at offset: Int32) {
        let usesLoop =
            loop.isRecursive
            || !UndeclaredNames.among(["loop"], in: loop.body).isEmpty
            || TemplateFacts(loop.body).blocks.contains { $0.block.isScoped }
        if loop.isRecursive {
            generateRecursiveLoop(loop, at: offset)
        } else {
            generate(loop.iterable)
            generateRounds(loop, usesLoop: usesLoop, at: offset)
        }
    }

    /// A recursive loop is a function of the items, so that `loop(items)` can call it.
    private func generateRecursiveLoop(_ loop: Statement.ForLoop, at offset: Int32) {
        let outer = saveState()
        begin(.loop, name: "loop", inside: outer.function)
        let number = function.number
        function.body.parameterCount = 1
        let items = function.scratch()
        emit(.localRaw, b: items, effect: 1, at: offset)
        // The scope of the loop belongs to the new function.
        generateRounds(loop, usesLoop: true, at: offset)
        emit(.functionEnd, at: offset)
        restore(outer)
        emit(.macro, b: Int32(number), effect: 1, at: offset)
        generate(loop.iterable)
        emit(
            .callEmit, flag: Instruction.EscapeMode.plain.rawValue, b: loopShape(), effect: -1,
            at: offset)
        function.unwind(1)
    }

    private func loopShape() -> Int32 {
        shapes.append(CallShape(positional: 1))
        return Int32(shapes.count - 1)
    }

    struct State {
        let function: FunctionBuilder
        let scope: Scope
        let isTopLevel: Bool
        let isSoft: Bool
        let checksExtends: Bool
        let loops: [LoopState]
    }

    func saveState() -> State {
        State(
            function: function, scope: scope, isTopLevel: isTopLevel, isSoft: isSoft,
            checksExtends: checksExtends, loops: loops)
    }

    func restore(_ state: State) {
        function = state.function
        scope = state.scope
        isTopLevel = state.isTopLevel
        isSoft = state.isSoft
        checksExtends = state.checksExtends
        loops = state.loops
    }

    /// Walks the iterable on the stack.
    private func generateRounds(_ loop: Statement.ForLoop, usesLoop: Bool, at offset: Int32) {
        let outer = (scope!, isTopLevel, isSoft)
        isTopLevel = false
        let body = Scope(parent: outer.0, function: function)
        if usesLoop { body.declareParameter("loop") }
        body.visit(loop.target, asParameter: true)
        body.visit(loop.body)
        let filtersFirst = loop.test != nil && usesLoop
        if filtersFirst { generateFilteredItems(loop, at: offset) }
        scope = body
        let local =
            usesLoop
            ? function.local(Scope.Variable(level: body.level, name: "loop")) : function.scratch()
        if function.body.kind == .loop && function.body.loopLocal < 0 {
            function.body.loopLocal = local
        }
        emit(
            .beginLoop, a: loop.isRecursive ? 1 : 0, b: local, c: Int32(function.number),
            effect: -1, at: offset)
        let start = function.label()
        let counts = loop.test == nil || filtersFirst
        let exit = generateNext(loop.target, local, counts: counts, offset)
        if let test = loop.test, !filtersFirst {
            scope = Scope(parent: outer.0, function: function)
            scope.visit(loop.target, asParameter: true)
            scope.visit(test)
            enter(scope)
            generate(test)
            scope = body
            let skip = emitJump(.jumpIfFalse, effect: -1, at: test.offset)
            function.redirect(skip, to: start)
            emit(.passItem, b: local, at: offset)
        }
        enter(body)
        loops.append(LoopState(start: start))
        generate(loop.body)
        // As in Jinja2, a round that `break` or `continue` cut short does not count for `else`.
        if !loop.otherwise.isEmpty { emit(.endRound, b: local, at: offset) }
        generateRoundEnd(start, at: offset)
        let state = loops.removeLast()
        function.land(exit)
        for exit in state.exits { function.land(exit) }
        generateOtherwise(loop, outer.0, local, state, at: offset)
        (scope, isTopLevel, isSoft) = outer
        if !usesLoop { function.release(local) }
    }

    private func generateOtherwise(
        _ loop: Statement.ForLoop, _ outer: Scope, _ local: Int32, _ state: LoopState,
        at offset: Int32
    ) {
        guard !loop.otherwise.isEmpty else { return }
        let end = emitJump(.jumpIfLooped, b: local, effect: 0, at: offset)
        scope = Scope(parent: outer, function: function)
        scope.visit(loop.otherwise)
        enter(scope)
        generate(loop.otherwise)
        function.land(end)
    }

    /// Goes on with the next item: straight away where it needs no more than to be stored.
    private func generateRoundEnd(_ start: Int32, at offset: Int32) {
        let first = function.code[Int(start)]
        guard first.operation == .nextItemStore else {
            return emit(.jump, b: start, at: offset)
        }
        emit(.loopBack, flag: first.flag, b: first.b, c: start + 1, d: first.d, at: offset)
    }

    /// Fetches the next item and assigns it; returns the jump behind the last one.
    private func generateNext(
        _ target: AssignmentTarget, _ local: Int32, counts: Bool, _ offset: Int32
    ) -> Int {
        let flag: UInt8 = counts ? 1 : 0
        if case .name(let name, _) = target, let found = scope.find(name),
            let (depth, slot) = place(found.variable), depth == 0
        {
            return emitJump(
                .nextItemStore, flag: flag, b: local, d: slot, effect: 0, at: offset)
        }
        let exit = emitJump(.nextItem, flag: flag, b: local, effect: 1, at: offset)
        generateAssignment(target, exports: false)
        return exit
    }

    /// Replaces the iterable on the stack by the list of those items that pass the test: `loop`
    /// counts only them, and knows how many come.
    private func generateFilteredItems(_ loop: Statement.ForLoop, at offset: Int32) {
        guard let test = loop.test else { return }
        let outer = scope!
        let local = function.scratch()
        let kept = function.scratch()
        emit(.list, b: 0, effect: 1, at: offset)
        emit(.store, b: kept, effect: -1, at: offset)
        emit(.beginLoop, b: local, effect: -1, at: offset)
        scope = Scope(parent: outer, function: function)
        scope.visit(loop.target, asParameter: true)
        scope.visit(test)
        let start = function.label()
        let exit = generateNext(loop.target, local, counts: true, offset)
        enter(scope)
        // A filter that cannot see `loop`: Jinja makes that undefined.
        generate(test)
        let skip = emitJump(.jumpIfFalse, effect: -1, at: test.offset)
        emit(.appendCurrent, b: kept, c: local, at: offset)
        function.land(skip)
        emit(.jump, b: start, at: offset)
        function.land(exit)
        emit(.localRaw, b: kept, effect: 1, at: offset)
        function.release(local)
        function.release(kept)
        scope = outer
    }

    func generateLoopExit(isBreak: Bool, at offset: Int32) {
        guard !loops.isEmpty else { return }
        for capture in loops[loops.count - 1].captures.reversed() {
            switch capture {
            case .output(let local): emit(.dropCapture, b: local, at: offset)
            case .autoescape(let local): emit(.restoreAutoescape, b: local, at: offset)
            }
        }
        if isBreak {
            loops[loops.count - 1].exits.append(emitJump(.jump, effect: 0, at: offset))
        } else {
            emit(.jump, b: loops[loops.count - 1].start, at: offset)
        }
    }
}
