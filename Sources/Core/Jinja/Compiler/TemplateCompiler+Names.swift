extension TemplateCompiler {
    /// An object of the layout that is used as a whole.
    struct LayoutObject {
        /// Names with the local slot number, or a constant, or another object.
        enum Field {
            case slot(Int32)
            case constant(Int32)
            case object(Int32)
        }

        var fields: [(name: Int32, field: Field)]
        /// Instead of fields, the constant that each render is to have a copy of.
        var constant: Int32 = -1
    }

    /// What a name means that no scope assigns.
    enum Meaning {
        case layout(VariableLayout.Node, path: String)
        case function(GlobalFunction)
        case unknown
    }

    /// Whether a name must be looked up at run time.
    func isContextual(_ name: String) -> Bool {
        contextNames.contains(name) || (hasIsolatedUnits && unit > 0)
    }

    func meaning(of name: String) -> Meaning {
        if let node = layout[name] { return .layout(node, path: name) }
        if let function = GlobalFunction.names[name] { return .function(function) }
        return .unknown
    }

    /// Gives the variables of a scope their first values.
    func enter(_ scope: Scope) {
        for variable in scope.order {
            guard let origin = scope.origins[variable] else { continue }
            let local = { self.function.local(variable) }
            switch origin {
            case .parameter: _ = local()
            case .unset: emit(.clear, b: local())
            case .alias(let outer):
                loadRaw(outer)
                emit(.store, b: local(), effect: -1)
            case .context:
                // Nothing assigns it: every use goes straight to where it comes from.
                guard scope.assigned.contains(variable.name) else { continue }
                generateContextName(variable.name, at: 0, raw: true)
                emit(.store, b: local(), effect: -1)
            }
        }
    }

    /// How many functions out a variable lives, and in which local.
    func place(_ variable: Scope.Variable) -> (depth: Int32, local: Int32)? {
        var scope: Scope? = self.scope
        var owner: FunctionBuilder?
        while let current = scope {
            if current.variables[variable.name] == variable {
                owner = current.function
                break
            }
            scope = current.parent
        }
        guard let owner else { return nil }
        var depth: Int32 = 0
        var builder: FunctionBuilder? = function
        while let current = builder, current !== owner {
            depth += 1
            builder = current.parent
        }
        guard builder != nil else { return nil }
        if depth > 0 { captureChain(to: owner) }
        return (depth, owner.local(variable))
    }

    /// Every function between must keep a way out to the owner.
    private func captureChain(to owner: FunctionBuilder) {
        var builder = function.parent
        while let current = builder {
            current.body.isCaptured = true
            if current === owner { return }
            builder = current.parent
        }
    }

    /// Pushes a variable as it is, absent or not.
    func loadRaw(_ variable: Scope.Variable) {
        guard isStored(variable), let (depth, local) = place(variable) else {
            return generateContextName(variable.name, at: 0, raw: true)
        }
        if depth == 0 {
            emit(.localRaw, b: local, effect: 1)
        } else {
            emit(.outerRaw, a: Int(depth), b: local, effect: 1)
        }
    }

    /// The local of the current function that a name is in, where it certainly is in one.
    func currentLocal(_ name: String) -> Int32? {
        guard let variable = storedVariable(name), let place = place(variable), place.depth == 0
        else { return nil }
        return place.local
    }

    /// The variable of a name, where it has a local.
    private func storedVariable(_ name: String) -> Scope.Variable? {
        guard assignedNames.contains(name), let found = scope.find(name), isStored(found.variable)
        else { return nil }
        return found.variable
    }

    /// Whether a variable has a local: one that is only looked up has none.
    func isStored(_ variable: Scope.Variable) -> Bool {
        guard case .context? = scope.origin(of: variable) else { return true }
        var scope: Scope? = self.scope
        while let current = scope {
            if current.variables[variable.name] == variable {
                return current.assigned.contains(variable.name)
            }
            scope = current.parent
        }
        return false
    }

    func generateName(_ name: String, at offset: Int32) {
        guard let variable = storedVariable(name), let (depth, local) = place(variable) else {
            return generateContextName(name, at: offset, raw: false)
        }
        let constant = pool.string(name)
        if depth == 0 {
            emit(.local, b: local, c: constant, effect: 1, at: offset)
        } else {
            emit(.outer, a: Int(depth), b: local, c: constant, effect: 1, at: offset)
        }
    }

    /// Pushes a name that is no local; `raw` leaves an unknown one absent.
    func generateContextName(_ name: String, at offset: Int32, raw: Bool) {
        if isContextual(name) {
            emit(
                .contextName, flag: raw ? 1 : 0, b: nameNumber(name), effect: 1, at: offset)
            // The next instruction is skipped where the context knows the name.
            function.unwind(1)
        }
        switch meaning(of: name) {
        case .layout(let node, let path): generate(node, path: path, isField: false, at: offset)
        case .function(let global):
            emit(.function, b: Int32(global.rawValue), effect: 1, at: offset)
        case .unknown where raw:
            emit(.constant, b: pool.add(.absent), effect: 1, at: offset)
        case .unknown:
            emit(
                .constant, b: pool.undefined(name, isAttribute: false), effect: 1, at: offset)
        }
    }

    // MARK: The layout

    /// Pushes a node of the layout, always with one instruction.
    func generate(
        _ node: VariableLayout.Node, path: String, isField: Bool, at offset: Int32
    ) {
        switch node {
        case .slot(let slot):
            emit(
                .slot, b: slotNumber(slot), c: undefinedConstant(path, isField: isField),
                effect: 1, at: offset)
        case .object(let fields):
            emit(.object, b: objectNumber(fields, path: path), effect: 1, at: offset)
        case .constant(let json):
            let value = constantValue(json, path: path)
            if value.tag == .list || value.tag == .dict, usesMutators {
                // What the template may change is copied for each render.
                emit(.object, b: copyNumber(value, path: path), effect: 1, at: offset)
            } else {
                emit(.constant, b: pool.add(value), effect: 1, at: offset)
            }
        }
    }

    func undefinedConstant(_ path: String, isField: Bool) -> Int32 {
        guard isField, let dot = path.utf8.lastIndex(of: UInt8(ascii: ".")) else {
            return pool.undefined(path, isAttribute: false)
        }
        return pool.undefined(String(path[path.utf8.index(after: dot)...]), isAttribute: true)
    }

    func slotNumber(_ slot: Int) -> Int32 {
        if let number = slotNumbers[slot] { return number }
        let number = Int32(slots.count)
        slots.append(slot)
        slotNumbers[slot] = number
        return number
    }

    private func copyNumber(_ value: Value, path: String) -> Int32 {
        if let number = objectNumbers[path] { return number }
        let number = Int32(objects.count)
        objects.append(LayoutObject(fields: [], constant: pool.add(value)))
        objectNumbers[path] = number
        return number
    }

    private func objectNumber(_ fields: [VariableLayout.Field], path: String) -> Int32 {
        if let number = objectNumbers[path] { return number }
        var object = LayoutObject(fields: [])
        for field in fields {
            let value: LayoutObject.Field
            switch field.node {
            case .slot(let slot): value = .slot(slotNumber(slot))
            case .constant(let json):
                value = .constant(
                    pool.add(constantValue(json, path: path + "." + field.name)))
            case .object(let inner):
                value = .object(objectNumber(inner, path: path + "." + field.name))
            }
            object.fields.append((pool.string(field.name), value))
        }
        let number = Int32(objects.count)
        objects.append(object)
        objectNumbers[path] = number
        return number
    }

    /// The value of constant JSON, shared by all renders and so never changed.
    func constantValue(_ json: [UInt8], path: String) -> Value {
        if let value = constantCache[path] { return value }
        let value = unsafe json.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return Value?.none }
            let text = unsafe Text(base: base, count: buffer.count)
            var parser = JSONReader(pool.memory.arena.copy(text))
            parser.freezes = true
            return parser.read(&pool.memory.arena)
        }
        let result = value ?? .none
        constantCache[path] = result
        return result
    }

    /// The node of `a.b.c` or `a['b']` where each step is known at compile time.
    func layoutNode(
        of expression: Expression
    ) -> (node: VariableLayout.Node, path: String, isField: Bool)? {
        layoutNode(of: expression, levels: layoutDepth)
    }

    /// A chain of attributes asks for each of its links, so each looks as deep as the layout is.
    private func layoutNode(
        of expression: Expression, levels: Int
    ) -> (node: VariableLayout.Node, path: String, isField: Bool)? {
        switch expression.kind {
        case .name(let name):
            guard !isContextual(name), let node = layout[name] else { return nil }
            if storedVariable(name) != nil { return nil }
            return (node, name, false)
        case .attribute(let object, let name): return field(name, of: object, levels: levels)
        case .item(let object, let key):
            guard case .string(let bytes) = key.kind else { return nil }
            return field(String(decoding: bytes, as: UTF8.self), of: object, levels: levels)
        default: return nil
        }
    }

    private func field(
        _ name: String, of object: Expression, levels: Int
    ) -> (node: VariableLayout.Node, path: String, isField: Bool)? {
        // A key that is missing falls back to the method of that name, which is found at run time.
        guard levels > 0, name.utf8.first != UInt8(ascii: "_"),
            let (node, path, _) = layoutNode(of: object, levels: levels - 1),
            case .object(let fields) = node,
            !MethodNames.dict.contains(name),
            let field = fields.first(where: { $0.name == name })
        else { return nil }
        return (field.node, path + "." + name, true)
    }

    /// The constant that an expression certainly is.
    func constant(of expression: Expression) -> Value? {
        switch expression.kind {
        case .none: return Value.none
        case .bool(let value): return Value(value)
        case .int(let value): return Value(value)
        case .float(let value): return Value(value)
        case .string(let bytes): return Value(pool.text(bytes))
        case .name:
            guard let (node, path, _) = layoutNode(of: expression),
                case .constant(let json) = node
            else { return nil }
            return constantValue(json, path: path)
        case .attribute(let object, let name):
            if let (node, path, _) = layoutNode(of: expression) {
                guard case .constant(let json) = node else { return nil }
                return constantValue(json, path: path)
            }
            guard !usesMutators, !MethodNames.dict.contains(name),
                let value = constant(of: object), value.tag == .dict
            else { return nil }
            return DictObject(value)[pool.text(name)]
        default: return nil
        }
    }
}
