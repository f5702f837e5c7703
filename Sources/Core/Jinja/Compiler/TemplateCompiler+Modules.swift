extension TemplateCompiler {
    // MARK: Macros

    /// Generates the function of a macro and code that pushes the macro.
    func generateMacro(_ macro: Statement.Macro, at offset: Int32) {
        let outer = saveState()
        let outerScope = scope!
        begin(.macro, name: macro.name, inside: outer.function)
        let number = function.number
        function.body.parameterCount = Int32(macro.parameters.count)
        function.body.parameterNames = Int32(parameterNames.count)
        parameterNames += macro.parameters.map { pool.string($0.name) }
        // Parameters are the first locals, in order.
        let level = outerScope.level + 1
        for parameter in macro.parameters {
            _ = function.local(Scope.Variable(level: level, name: parameter.name))
        }
        let body = Scope(parent: outerScope, function: function)
        for parameter in macro.parameters { body.declareParameter(parameter.name) }
        for parameter in macro.parameters {
            if let value = parameter.defaultValue { body.visit(value) }
        }
        body.visit(macro.body)
        declareSpecials(macro, body)
        scope = body
        isTopLevel = false
        checksExtends = false
        enter(body)
        for parameter in macro.parameters { generateDefault(parameter, level) }
        generate(macro.body)
        emit(.functionEnd, at: offset)
        restore(outer)
        emit(.macro, b: Int32(number), effect: 1, at: offset)
    }

    private func declareSpecials(_ macro: Statement.Macro, _ body: Scope) {
        let given = Set(macro.parameters.map(\.name))
        let names: Set<String> = ["caller", "kwargs", "varargs"]
        let used = UndeclaredNames.among(names, in: macro.body)
        let local = { (name: String) -> Int32 in
            body.declareParameter(name)
            return self.function.local(Scope.Variable(level: body.level, name: name))
        }
        if used.contains("caller") {
            function.body.acceptsCaller = true
            if !given.contains("caller") { function.body.callerLocal = local("caller") }
        }
        if used.contains("kwargs") && !given.contains("kwargs") {
            function.body.extraNamedLocal = local("kwargs")
        }
        if used.contains("varargs") && !given.contains("varargs") {
            function.body.extraLocal = local("varargs")
        }
    }

    private func generateDefault(_ parameter: Statement.Macro.Parameter, _ level: Int) {
        let local = function.local(Scope.Variable(level: level, name: parameter.name))
        let given = emitJump(.defaultArgument, b: local, effect: 0, at: parameter.offset)
        if let value = parameter.defaultValue {
            generate(value)
        } else {
            let undefined = pool.memory.arena.undefined(
                UndefinedObject(
                    reason: .message,
                    name: Value(pool.text("parameter '\(parameter.name)' was not provided")),
                    object: .absent))
            emit(.constant, b: pool.add(undefined), effect: 1, at: parameter.offset)
        }
        emit(.store, b: local, effect: -1, at: parameter.offset)
        function.land(given)
    }

    func generateCallBlock(_ call: Expression, _ macro: Statement.Macro, at offset: Int32) {
        guard case .call(let callee, let arguments) = call.kind else { return }
        generateCall(callee, arguments, at: offset, emits: .plain) {
            self.generateMacro(macro, at: offset)
        }
    }

    // MARK: Blocks and other templates

    func generateBlock(_ block: Statement.Block, at offset: Int32) {
        let place = { () -> Void in
            self.emit(
                .block, flag: block.isRequired ? 1 : 0, b: self.nameNumber(block.name),
                c: block.isScoped ? self.localMap() : -1, at: offset)
        }
        guard isTopLevel else { return place() }
        if hasKnownExtends { return }
        guard extendsSeen > 0 else { return place() }
        let skip = emitJump(.jumpIfExtending, effect: 0, at: offset)
        place()
        function.land(skip)
    }

    func generateExtends(_ name: Expression, at offset: Int32) {
        if extendsSeen > 0 {
            let message = "a template can extend only one other template"
            if hasKnownExtends { return emitRaise(.runtime, message, at: offset, effect: 0) }
            let again = emitJump(.jumpIfExtending, effect: 0, at: offset)
            let over = emitJump(.jump, effect: 0, at: offset)
            function.land(again)
            emitRaise(.runtime, message, at: offset, effect: 0)
            function.land(over)
        }
        generate(name)
        emit(.extends, effect: -1, at: offset)
        if isTopLevel && !isSoft { hasKnownExtends = true }
        extendsSeen += 1
    }

    func generateImport(_ name: Expression, _ withContext: Bool, at offset: Int32) {
        generate(name)
        emit(
            .importModule, flag: withContext ? 1 : 0, c: withContext ? localMap() : -1,
            at: offset)
    }

    /// The assigned locals that are visible here, for a template that is to see them.
    func localMap() -> Int32 {
        var entries: [LocalMapEntry] = []
        for (name, variable, _) in scope.visibleAssigned {
            guard let (depth, local) = place(variable) else { continue }
            entries.append(LocalMapEntry(name: nameNumber(name), depth: depth, local: local))
        }
        guard !entries.isEmpty else { return -1 }
        localMaps.append(entries)
        return Int32(localMaps.count - 1)
    }
}
