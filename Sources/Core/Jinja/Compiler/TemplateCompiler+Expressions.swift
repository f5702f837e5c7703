extension TemplateCompiler {
    /// Generates code that pushes the value of an expression.
    func generate(_ expression: Expression) {
        let at = expression.offset
        switch expression.kind {
        case .name(let name): generateName(name, at: at)
        case .none: emit(.constant, b: pool.add(.none), effect: 1, at: at)
        case .bool(let value): emit(.constant, b: pool.add(Value(value)), effect: 1, at: at)
        case .int(let value): emit(.constant, b: pool.add(Value(value)), effect: 1, at: at)
        case .float(let value): emit(.constant, b: pool.add(Value(value)), effect: 1, at: at)
        case .bigInt(let digits):
            let value = BigInt(literal: digits).value(&pool.memory.arena)
            emit(.constant, b: pool.add(value), effect: 1, at: at)
        case .string(let bytes): emit(.constant, b: pool.string(bytes), effect: 1, at: at)
        case .list(let items): generateItems(items, .list, at: at)
        case .tuple(let items): generateItems(items, .tuple, at: at)
        case .dict(let pairs):
            for pair in pairs {
                generate(pair.key)
                generate(pair.value)
            }
            let count = Int32(pairs.count)
            emit(.dict, b: count, effect: 1 - 2 * count, at: at)
        case .attribute(let object, let name): generateAttribute(expression, object, name)
        case .item(let object, let key): generateItem(expression, object, key)
        case .slice(let start, let stop, let step):
            // Only inside a tuple of a subscript, which nothing can be asked for.
            for part in [start, stop, step].compactMap({ $0 }) {
                generate(part)
                emit(.pop, effect: -1, at: at)
            }
            emitRaise(.type, "a slice cannot be part of a tuple", at: at, effect: 1)
        case .call(let callee, let arguments):
            generateCall(callee, arguments, at: at, emits: nil)
        case .filter(let value, let name, let arguments):
            if let value { generate(value) }
            generateFilter(name, arguments, at: at)
        case .test(let value, let name, let arguments): generateTest(value, name, arguments, at: at)
        case .negate(let value): generateUnary(.negate, value, at: at)
        case .plus(let value): generateUnary(.plus, value, at: at)
        case .not(let value): generateUnary(.not, value, at: at)
        case .binary(let op, let left, let right):
            generate(left)
            generate(right)
            emit(TemplateCompiler.operation(op), effect: -1, at: at)
        case .concat(let items):
            for item in items { generate(item) }
            let count = Int32(items.count)
            emit(.concat, flag: autoescape.rawValue, b: count, effect: 1 - count, at: at)
        case .compare(let first, let rest): generateComparison(first, rest, at: at)
        case .and(let left, let right): generateLogic(.jumpIfFalseOrPop, left, right, at: at)
        case .or(let left, let right): generateLogic(.jumpIfTrueOrPop, left, right, at: at)
        case .conditional(let test, let then, let otherwise):
            generateConditional(test, then, otherwise, at: at)
        }
    }

    private static func operation(_ op: Expression.Operator) -> Instruction.Operation {
        switch op {
        case .add: .add
        case .sub: .sub
        case .mul: .mul
        case .div: .div
        case .floorDiv: .floorDiv
        case .mod: .mod
        case .pow: .pow
        }
    }

    private func generateItems(
        _ items: [Expression], _ operation: Instruction.Operation, at offset: Int32
    ) {
        for item in items { generate(item) }
        let count = Int32(items.count)
        emit(operation, b: count, effect: 1 - count, at: offset)
    }

    private func generateUnary(
        _ operation: Instruction.Operation, _ value: Expression, at offset: Int32
    ) {
        generate(value)
        emit(operation, at: offset)
    }

    private func generateLogic(
        _ jump: Instruction.Operation, _ left: Expression, _ right: Expression, at offset: Int32
    ) {
        generate(left)
        let end = emitJump(jump, effect: -1, at: offset)
        generate(right)
        function.land(end)
    }

    private func generateComparison(
        _ first: Expression, _ rest: [Expression.Comparison], at offset: Int32
    ) {
        generate(first)
        var exits: [Int] = []
        for (index, comparison) in rest.enumerated() {
            generate(comparison.operand)
            let flag = comparison.comparator.rawValue
            if index == rest.count - 1 {
                emit(.compare, flag: flag, effect: -1, at: comparison.operand.offset)
            } else {
                emit(.compareChain, flag: flag, effect: -1, at: comparison.operand.offset)
                exits.append(Int(function.here) - 1)
            }
        }
        for exit in exits { function.land(exit) }
    }

    private func generateConditional(
        _ test: Expression, _ then: Expression, _ otherwise: Expression?, at offset: Int32
    ) {
        let wasSoft = isSoft
        isSoft = true
        generate(test)
        let toElse = emitJump(.jumpIfFalse, effect: -1, at: offset)
        generate(then)
        let toEnd = emitJump(.jump, effect: 0, at: offset)
        function.unwind(1)
        function.land(toElse)
        if let otherwise {
            generate(otherwise)
        } else {
            let undefined = pool.memory.arena.undefined(
                UndefinedObject(
                    reason: .condition,
                    name: Value(
                        pool.text(
                            "the condition of an inline 'if' is false and there is no 'else'")),
                    object: .absent))
            emit(.constant, b: pool.add(undefined), effect: 1, at: offset)
        }
        function.land(toEnd)
        isSoft = wasSoft
    }

    // MARK: Attributes and items

    private func generateAttribute(_ whole: Expression, _ object: Expression, _ name: String) {
        if let (node, path, isField) = layoutNode(of: whole) {
            return generate(node, path: path, isField: isField, at: whole.offset)
        }
        if case .slot? = layoutNode(of: object)?.node {
            // What is in a slot is known at run time only.
        } else if let value = constant(of: whole) {
            return emit(.constant, b: pool.add(value), effect: 1, at: whole.offset)
        } else if generatesMissingField(object, name, at: whole.offset) {
            return
        }
        let constant = pool.string(name)
        if case .name("loop") = object.kind, let local = currentLocal("loop"),
            let field = LoopField.names[name]
        {
            return emit(
                .loopField, flag: field.rawValue, b: local, c: constant, effect: 1,
                at: whole.offset)
        }
        if case .name(let variable) = object.kind, let local = currentLocal(variable) {
            return emit(
                .localAttribute, b: local, c: constant, d: pool.string(variable), effect: 1,
                at: whole.offset)
        }
        generate(object)
        emit(.attribute, b: constant, at: whole.offset)
    }

    /// A field that an object of the layout certainly lacks is undefined at once.
    private func generatesMissingField(
        _ object: Expression, _ name: String, at offset: Int32
    ) -> Bool {
        guard !MethodNames.dict.contains(name), !name.hasPrefix("_"),
            let (node, _, _) = layoutNode(of: object), case .object = node
        else { return false }
        emit(.constant, b: pool.undefined(name, isAttribute: true), effect: 1, at: offset)
        return true
    }

    private func generateItem(_ whole: Expression, _ object: Expression, _ key: Expression) {
        if let (node, path, isField) = layoutNode(of: whole) {
            return generate(node, path: path, isField: isField, at: whole.offset)
        }
        generate(object)
        if case .slice(let start, let stop, let step) = key.kind {
            for part in [start, stop, step] {
                if let part {
                    generate(part)
                } else {
                    emit(.constant, b: pool.add(.none), effect: 1, at: key.offset)
                }
            }
            let flag: UInt8 = isFolding ? 1 : 0
            return emit(.slice, flag: flag, effect: -3, at: whole.offset)
        }
        generate(key)
        emit(.item, effect: -1, at: whole.offset)
    }
}
