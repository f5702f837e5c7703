extension TemplateCompiler {
    // MARK: Filters

    /// Applies a filter to the value on the stack.
    func generateFilter(_ name: String, _ arguments: Expression.Arguments, at offset: Int32) {
        guard let filter = BuiltinFilter.names[name] else {
            let hint = Suggestion.hint(for: name, among: BuiltinFilter.names.keys)
            emit(.pop, effect: -1, at: offset)
            return emitRaise(.runtime, "unknown filter '\(name)'\(hint)", at: offset, effect: 1)
        }
        if filter == .defaultValue, generateDefault(arguments, at: offset) { return }
        let signature = filter.signature
        let isStatic = arguments.spread == nil && arguments.keywordSpread == nil
        if isStatic && !signature.isVariadic {
            guard
                let count = generateBound(
                    arguments, signature.parameters, required: signature.required,
                    what: "filter '\(name)'", at: offset)
            else { return }
            return emit(
                .filter, flag: autoescape.rawValue, a: count, b: Int32(filter.rawValue),
                effect: -Int32(count), at: offset)
        }
        let shape = generateArguments(arguments, extra: [])
        emit(
            .filterDynamic, flag: autoescape.rawValue, b: Int32(filter.rawValue),
            c: shape.number, effect: -Int32(shape.shape.count), at: offset)
    }

    /// `x|default(y)`: the second value is looked at only where it is needed, if looking at it
    /// cannot fail.
    private func generateDefault(
        _ arguments: Expression.Arguments, at offset: Int32
    ) -> Bool {
        guard arguments.keywords.isEmpty, arguments.spread == nil,
            arguments.keywordSpread == nil, arguments.positional.count == 1
        else { return false }
        switch arguments.positional[0].kind {
        case .none, .bool, .int, .float, .string, .name: break
        default: return false
        }
        let end = emitJump(.jumpIfDefinedOrPop, effect: -1, at: offset)
        generate(arguments.positional[0])
        function.land(end)
        return true
    }

    /// Pushes the arguments in the order of the parameters, up to the last one given.
    ///
    /// Returns their number; nil, with code that fails in their place, where they do not fit.
    private func generateBound(
        _ arguments: Expression.Arguments, _ parameters: [String], required: Int, what: String,
        at offset: Int32
    ) -> Int? {
        var values: [Expression?] = arguments.positional.map { $0 }
        var problem: String?
        if values.count > parameters.count {
            problem =
                "\(what) takes at most \(parameters.count) arguments, \(values.count) are given"
        }
        while values.count < parameters.count { values.append(nil) }
        for keyword in arguments.keywords {
            guard let index = parameters.firstIndex(of: keyword.name) else {
                let hint = Suggestion.hint(for: keyword.name, among: parameters)
                problem = "\(what) has no argument '\(keyword.name)'\(hint)"
                continue
            }
            if values[index] != nil { problem = "\(what) got '\(keyword.name)' twice" }
            values[index] = keyword.value
        }
        for index in 0..<required where problem == nil && values[index] == nil {
            problem = "\(what) needs the argument '\(parameters[index])'"
        }
        if let problem {
            emit(.pop, effect: -1, at: offset)
            emitRaise(.type, problem, at: offset, effect: 1)
            return nil
        }
        while case .some(nil) = values.last { values.removeLast() }
        for value in values {
            if let value {
                generate(value)
            } else {
                emit(.constant, b: pool.add(.absent), effect: 1, at: offset)
            }
        }
        return values.count
    }

    // MARK: Tests

    func generateTest(
        _ value: Expression, _ name: String, _ arguments: Expression.Arguments, at offset: Int32
    ) {
        generate(value)
        guard let test = BuiltinTest.names[name] else {
            let hint = Suggestion.hint(for: name, among: BuiltinTest.names.keys)
            emit(.pop, effect: -1, at: offset)
            return emitRaise(.runtime, "unknown test '\(name)'\(hint)", at: offset, effect: 1)
        }
        if arguments.spread != nil || arguments.keywordSpread != nil {
            let shape = generateArguments(arguments, extra: [])
            return emit(
                .testDynamic, b: Int32(test.rawValue), c: shape.number,
                effect: -Int32(shape.shape.count), at: offset)
        }
        guard
            let count = generateBound(
                arguments, test.parameters, required: test.parameters.count,
                what: "test '\(name)'", at: offset)
        else { return }
        emit(.test, a: count, b: Int32(test.rawValue), effect: -Int32(count), at: offset)
    }

    // MARK: Calls

    /// Generates a call whose result is pushed, or put out in the mode of `emits`.
    func generateCall(
        _ callee: Expression, _ arguments: Expression.Arguments, at offset: Int32,
        emits: Instruction.EscapeMode?, caller: (() -> Void)? = nil
    ) {
        var extra: [(String, () -> Void)] = []
        if let caller { extra.append(("caller", caller)) }
        let isEmitted = emits != nil
        let escape = emits?.rawValue ?? autoescape.rawValue
        if case .attribute(let object, let name) = callee.kind, layoutNode(of: callee) == nil {
            generate(object)
            let shape = generateArguments(arguments, extra: extra)
            emit(
                .callMethod, flag: escape, a: isEmitted ? 1 : 0, b: shape.number,
                c: pool.method(name), effect: -Int32(shape.shape.count), at: callee.offset)
        } else if !isEmitted, caller == nil, isRange(callee, arguments) {
            for value in arguments.positional { generate(value) }
            let count = Int32(arguments.positional.count)
            emit(.range, b: count, effect: 1 - count, at: offset)
        } else {
            generate(callee)
            let shape = generateArguments(arguments, extra: extra)
            emit(
                isEmitted ? .callEmit : .call, flag: escape, b: shape.number,
                effect: -Int32(shape.shape.count), at: offset)
        }
        if isEmitted { function.unwind(1) }
    }

    /// Whether this certainly calls the global function `range`, with arguments that it may have.
    private func isRange(_ callee: Expression, _ arguments: Expression.Arguments) -> Bool {
        guard case .name("range") = callee.kind, (1...3).contains(arguments.positional.count),
            arguments.all.count == arguments.positional.count, layout["range"] == nil,
            !isContextual("range")
        else { return false }
        return scope.find("range").map { isStored($0.variable) } != true
    }

    /// Pushes arguments as they come and describes how they lie.
    func generateArguments(
        _ arguments: Expression.Arguments, extra: [(name: String, generate: () -> Void)]
    ) -> (number: Int32, shape: CallShape) {
        var shape = CallShape()
        shape.positional = Int32(arguments.positional.count)
        shape.keywords = Int32(arguments.keywords.count + extra.count)
        shape.hasSpread = arguments.spread != nil
        shape.hasKeywordSpread = arguments.keywordSpread != nil
        for value in arguments.positional { generate(value) }
        let names =
            arguments.keywords.map { pool.string($0.name) } + extra.map { pool.string($0.name) }
        for keyword in arguments.keywords { generate(keyword.value) }
        for item in extra { item.generate() }
        if let spread = arguments.spread { generate(spread) }
        if let spread = arguments.keywordSpread { generate(spread) }
        shape.keywordNames = Int32(keywordNames.count)
        keywordNames += names
        shapes.append(shape)
        return (Int32(shapes.count - 1), shape)
    }
}
