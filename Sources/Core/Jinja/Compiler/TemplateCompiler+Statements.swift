extension TemplateCompiler {
    func generate(_ body: [Statement]) {
        for statement in body { generate(statement) }
    }

    private func generate(_ statement: Statement) {
        let at = statement.offset
        if let bytes = foldedBlock(statement) {
            return guarded(at) { self.emitText(bytes, at: at) }
        }
        switch statement.kind {
        case .text(let start, let end):
            guarded(at) {
                self.emitText(self.units[self.unit].source.bytes[Int(start)..<Int(end)], at: at)
            }
        case .print(let value): guarded(at) { self.generatePrint(value) }
        // The fields are the units behind the payload.
        case .field(let number): emit(.field, b: Int32(number + 1), at: at)
        case .choice(let branches, let otherwise): generateChoice(branches, otherwise)
        case .loop(let loop): generateLoop(loop, at: at)
        case .set(let target, let value):
            generate(value)
            generateAssignment(target, exports: true)
        case .capture(let target, let filter, let body):
            generateCapture(target, filter, body, at: at)
        case .with(let bindings, let body): generateWith(bindings, body)
        case .macro(let macro):
            generateMacro(macro, at: at)
            store(macro.name, exports: true, at: at)
        case .callBlock(let call, let macro): generateCallBlock(call, macro, at: at)
        case .filterBlock(let filter, let body): generateFilterBlock(filter, body, at: at)
        case .block(let block): generateBlock(block, at: at)
        case .extends(let name): generateExtends(name, at: at)
        case .include(let name, let ignoresMissing, let withContext):
            generate(name)
            emit(
                .include, flag: withContext ? 1 : 0, a: ignoresMissing ? 1 : 0,
                c: withContext ? localMap() : -1, effect: -1, at: at)
        case .importModule(let name, let alias, let withContext):
            generateImport(name, withContext, at: at)
            store(alias, exports: true, isHidden: true, at: at)
        case .importNames(let name, let names, let withContext):
            generateImport(name, withContext, at: at)
            for item in names {
                emit(.importName, b: pool.string(item.name), effect: 1, at: at)
                store(item.alias, exports: true, isHidden: true, at: at)
            }
            emit(.pop, effect: -1, at: at)
        case .autoescape(let mode, let body): generateAutoescape(mode, body, at: at)
        case .evaluate(let value):
            generate(value)
            emit(.pop, effect: -1, at: at)
        case .breakLoop: generateLoopExit(isBreak: true, at: at)
        case .continueLoop: generateLoopExit(isBreak: false, at: at)
        }
    }

    // MARK: Output

    /// Generates what a template that extends another one does not put out.
    private func guarded(_ offset: Int32, _ body: () -> Void) {
        guard checksExtends else { return body() }
        if hasKnownExtends { return }
        guard extendsSeen > 0 else { return body() }
        let skip = emitJump(.jumpIfExtending, effect: 0, at: offset)
        body()
        function.land(skip)
    }

    private func generatePrint(_ value: Expression) {
        let escape = autoescape.rawValue
        if let (node, path, isField) = layoutNode(of: value), case .slot(let slot) = node {
            return emit(
                .emitSlot, flag: escape, b: slotNumber(slot),
                c: undefinedConstant(path, isField: isField), at: value.offset)
        }
        // `{{ a, b }}` prints a tuple; a constant is literal text.
        if let constant = constant(of: value), let bytes = literal(constant) {
            return emitText(bytes, at: value.offset)
        }
        if let bytes = folded(value) { return emitText(bytes, at: value.offset) }
        switch value.kind {
        case .name, .attribute, .item:
            if case .name(let name) = value.kind, let local = currentLocal(name) {
                return emit(
                    .emitLocal, flag: escape, b: local, c: pool.string(name), at: value.offset)
            }
            if case .attribute(let object, let name) = value.kind,
                case .name(let variable) = object.kind, variable != "loop",
                let local = currentLocal(variable)
            {
                return emit(
                    .emitLocalAttribute, flag: escape, b: local, c: pool.string(name),
                    d: pool.string(variable), at: value.offset)
            }
        case .call(let callee, let arguments):
            return generateCall(callee, arguments, at: value.offset, emits: autoescape)
        case .filter(let subject?, let name, let arguments):
            if generatesFusedFilter(subject, name, arguments, at: value.offset) { return }
        default: break
        }
        isFolding = value.isMadeOfConstants
        generate(value)
        isFolding = false
        emit(.emit, flag: escape, effect: -1, at: value.offset)
    }

    /// Filters whose text goes straight to the output: `tojson`, and `format` of one number.
    private func generatesFusedFilter(
        _ subject: Expression, _ name: String, _ arguments: Expression.Arguments,
        at offset: Int32
    ) -> Bool {
        if name == "tojson" && arguments.isEmpty {
            generate(subject)
            emit(.emitJSON, effect: -1, at: offset)
            return true
        }
        guard name == "format", arguments.positional.count == 1, arguments.keywords.isEmpty,
            arguments.spread == nil, arguments.keywordSpread == nil,
            case .string(let format) = subject.kind, format.count == 4,
            format.starts(with: "%.".utf8), format[3] == UInt8(ascii: "f"),
            format[2] >= 0x30 && format[2] <= 0x39
        else { return false }
        generate(arguments.positional[0])
        emit(
            .emitFixed, flag: autoescape.rawValue, a: Int(format[2] - 0x30),
            b: pool.string(format), effect: -1, at: offset)
        return true
    }

    /// The bytes that a constant is put out as, where that is known at compile time.
    private func literal(_ value: Value) -> [UInt8]? {
        guard autoescape != .dynamic else { return nil }
        switch value.tag {
        case .int: return Array(String(value.int).utf8)
        case .bool: return Array((value.bool ? "True" : "False").utf8)
        case .none: return Array("None".utf8)
        case .string:
            var out = ByteBuffer(capacity: value.text.count * 2)
            if autoescape == .html && !value.isMarkup {
                HTMLEscaping.append(value.text, to: &out)
            } else {
                out.append(value.text)
            }
            return unsafe Array(out.bytes)
        default: return nil
        }
    }

    private func generateAutoescape(_ mode: Expression, _ body: [Statement], at offset: Int32) {
        let before = autoescape
        let outer = (scope!, isTopLevel)
        switch mode.kind {
        case .bool(let isOn): autoescape = isOn ? .html : .plain
        default: autoescape = .dynamic
        }
        generate(mode)
        let local = function.scratch()
        emit(.setAutoescape, b: local, effect: -1, at: offset)
        scope = Scope(parent: scope, function: function)
        isTopLevel = false
        scope.visit(body)
        enter(scope)
        withCapture(.autoescape(local)) { self.generate(body) }
        emit(.restoreAutoescape, b: local, at: offset)
        function.release(local)
        (scope, isTopLevel) = outer
        autoescape = before
    }

    func withCapture(_ capture: LoopState.Capture, _ body: () -> Void) {
        if !loops.isEmpty { loops[loops.count - 1].captures.append(capture) }
        body()
        if !loops.isEmpty { loops[loops.count - 1].captures.removeLast() }
    }

    // MARK: Choices and scopes

    private func generateChoice(_ branches: [Statement.Branch], _ otherwise: [Statement]) {
        let wasSoft = isSoft
        isSoft = true
        var exits: [Int] = []
        for (index, branch) in branches.enumerated() {
            if let holds = foldedTest(branch.test) {
                guard holds else { continue }
                generate(branch.body)
                for exit in exits { function.land(exit) }
                isSoft = wasSoft
                return
            }
            generate(branch.test)
            let skip = emitJump(.jumpIfFalse, effect: -1, at: branch.test.offset)
            generate(branch.body)
            if index < branches.count - 1 || !otherwise.isEmpty {
                exits.append(emitJump(.jump, effect: 0, at: branch.test.offset))
            }
            function.land(skip)
        }
        generate(otherwise)
        for exit in exits { function.land(exit) }
        isSoft = wasSoft
    }

    private func generateWith(_ bindings: [Statement.Binding], _ body: [Statement]) {
        let outer = (scope!, isTopLevel)
        let inner = Scope(parent: scope, function: function)
        for binding in bindings { inner.visit(binding.target) }
        inner.visit(body)
        enter(inner)
        for binding in bindings {
            // The values are those of the scope around, whatever was bound before.
            scope = outer.0
            generate(binding.value)
            scope = inner
            isTopLevel = false
            generateAssignment(binding.target, exports: false)
        }
        scope = inner
        isTopLevel = false
        generate(body)
        (scope, isTopLevel) = outer
    }

    // MARK: Assigning

    /// Stores the value on the stack.
    func generateAssignment(_ target: AssignmentTarget, exports: Bool) {
        switch target {
        case .name(let name, let offset): store(name, exports: exports, at: offset)
        case .attribute(let object, let name, let offset):
            generateName(object, at: offset)
            emit(.storeAttribute, b: pool.string(name), effect: -2, at: offset)
        case .tuple(let targets, let offset):
            let count = Int32(targets.count)
            emit(.unpack, b: count, effect: count - 1, at: offset)
            for target in targets { generateAssignment(target, exports: exports) }
        }
    }

    func store(_ name: String, exports: Bool, isHidden: Bool = false, at offset: Int32) {
        if exports && isTopLevel && contextNames.contains(name) {
            let isExported = !isHidden && !name.hasPrefix("_")
            emit(.export, flag: isExported ? 1 : 0, b: nameNumber(name), at: offset)
        }
        guard let found = scope.find(name), let (depth, local) = place(found.variable) else {
            return emit(.pop, effect: -1, at: offset)
        }
        if depth == 0 {
            emit(.store, b: local, effect: -1, at: offset)
        } else {
            emit(.storeOuter, a: Int(depth), b: local, effect: -1, at: offset)
        }
    }

    private func generateCapture(
        _ target: AssignmentTarget, _ filter: Expression?, _ body: [Statement], at offset: Int32
    ) {
        let outer = (scope!, isTopLevel, checksExtends)
        let local = function.scratch()
        scope = Scope(parent: scope, function: function)
        scope.visit(body)
        enter(scope)
        isTopLevel = false
        checksExtends = false
        emit(.beginCapture, b: local, at: offset)
        withCapture(.output(local)) { self.generate(body) }
        emit(.endCapture, flag: autoescape.rawValue, b: local, effect: 1, at: offset)
        if let filter {
            generateFilters(filter)
            if autoescape != .plain { emit(.markup, flag: autoescape.rawValue, at: offset) }
        }
        function.release(local)
        (scope, isTopLevel, checksExtends) = outer
        generateAssignment(target, exports: true)
    }

    private func generateFilterBlock(_ filter: Expression, _ body: [Statement], at offset: Int32) {
        let outer = (scope!, isTopLevel)
        let local = function.scratch()
        scope = Scope(parent: scope, function: function)
        scope.visit(filter)
        scope.visit(body)
        enter(scope)
        isTopLevel = false
        emit(.beginCapture, b: local, at: offset)
        withCapture(.output(local)) { self.generate(body) }
        emit(.endCapture, flag: autoescape.rawValue, b: local, effect: 1, at: offset)
        generateFilters(filter)
        emit(.requireText, at: offset)
        emit(.emit, flag: Instruction.EscapeMode.plain.rawValue, effect: -1, at: offset)
        function.release(local)
        (scope, isTopLevel) = outer
    }

    /// Applies a chain of filters that has no value of its own to the value on the stack.
    private func generateFilters(_ filter: Expression) {
        guard case .filter(let value, let name, let arguments) = filter.kind else { return }
        if let value { generateFilters(value) }
        generateFilter(name, arguments, at: filter.offset)
    }
}
