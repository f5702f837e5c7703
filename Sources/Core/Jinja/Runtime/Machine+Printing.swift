extension Machine {
    /// Stops a text that is being built from growing without bound.
    @inline(__always)
    private mutating func checkBuild() throws(Fault) {
        if out.count > outputEnd &+ JinjaLimits.stringBytes {
            throw fault(
                .limit, "a text of more than \(JinjaLimits.stringBytes) bytes is not allowed")
        }
    }

    /// Appends `str(value)`.
    mutating func writeString(_ value: Value) throws(Fault) {
        switch value.tag {
        case .string: out.append(value.text)
        case .int: Decimal.append(value.int, to: &out)
        case .undefined:
            if isStrict(value) { throw undefinedFault(value) }
            if reportsMissing { noteMissing(value) }
        case .module: unsafe out.append(module(value).pointee.text.text)
        default: try writeRepresentation(value, 0)
        }
    }

    /// Appends `repr(value)`.
    mutating func writeRepresentation(_ value: Value, _ depth: Int) throws(Fault) {
        switch value.tag {
        case .absent, .none: out.append("None")
        case .undefined: out.append("Undefined")
        case .bool: out.append(value.bool ? "True" : "False")
        case .int: Decimal.append(value.int, to: &out)
        case .float: FloatFormat.append(value.float, to: &out)
        case .bigInt:
            try spend(BigInt(value).limbs.count)
            out.append(BigInt(value).digits())
        case .string:
            if value.isMarkup {
                out.append("Markup(")
                StringRepresentation.append(value.text, to: &out)
                out.append(")")
            } else {
                StringRepresentation.append(value.text, to: &out)
            }
        case .bytes:
            out.append("b")
            StringRepresentation.appendBytes(value.text, to: &out)
        case .list, .tuple: try writeItems(value, depth)
        case .dict: try writeDict(value, depth)
        case .view: try writeView(value, depth)
        case .range: unsafe writeRange(range(value).pointee)
        default: writeObject(value)
        }
        try checkBuild()
    }

    private mutating func writeItems(_ value: Value, _ depth: Int) throws(Fault) {
        guard depth < JinjaLimits.valueDepth else { throw tooDeep() }
        let list = ListObject(value)
        try spend(list.count)
        let isTuple = value.tag == .tuple
        out.append(isTuple ? UInt8(ascii: "(") : UInt8(ascii: "["))
        var i = 0
        while i < list.count {
            if i > 0 { out.append(", ") }
            if list[i].isIdentical(to: value) {
                out.append("[...]")
            } else {
                try writeRepresentation(list[i], depth + 1)
            }
            i += 1
        }
        if isTuple && list.count == 1 { out.append(UInt8(ascii: ",")) }
        out.append(isTuple ? UInt8(ascii: ")") : UInt8(ascii: "]"))
    }

    private mutating func writeDict(_ value: Value, _ depth: Int) throws(Fault) {
        guard depth < JinjaLimits.valueDepth else { throw tooDeep() }
        let dict = DictObject(value)
        try spend(dict.count)
        out.append(UInt8(ascii: "{"))
        var i = 0
        while i < dict.count {
            if i > 0 { out.append(", ") }
            try writeRepresentation(dict.key(i), depth + 1)
            out.append(": ")
            if dict.value(i).isIdentical(to: value) {
                out.append("{...}")
            } else {
                try writeRepresentation(dict.value(i), depth + 1)
            }
            i += 1
        }
        out.append(UInt8(ascii: "}"))
    }

    private mutating func writeView(_ value: Value, _ depth: Int) throws(Fault) {
        out.append(typeName(value))
        out.append(UInt8(ascii: "("))
        try writeItems(try list(of: value).list, depth)
        out.append(UInt8(ascii: ")"))
    }

    private mutating func writeRange(_ range: RangeObject) {
        out.append("range(")
        Decimal.append(range.start, to: &out)
        out.append(", ")
        Decimal.append(range.stop, to: &out)
        if range.step != 1 {
            out.append(", ")
            Decimal.append(range.step, to: &out)
        }
        out.append(UInt8(ascii: ")"))
    }

    /// What has no text of its own prints as Python prints objects, without the address.
    private mutating func writeObject(_ value: Value) {
        switch value.tag {
        case .loop:
            let loop = unsafe self.loop(value)
            let length = loopAttribute(value, Text("length"))?.int ?? 0
            out.append("<LoopContext ")
            unsafe Decimal.append(loop.pointee.index + 1, to: &out)
            out.append(UInt8(ascii: "/"))
            Decimal.append(length, to: &out)
            out.append(UInt8(ascii: ">"))
        case .macro:
            let macro = unsafe value.address.assumingMemoryBound(to: MacroObject.self).pointee
            out.append("<Macro ")
            unsafe StringRepresentation.append(
                constants[Int(bodies[Int(macro.body)].name)].text, to: &out)
            out.append(UInt8(ascii: ">"))
        case .namespace:
            out.append("<Namespace ")
            // A namespace holds only what its template put there, so it can be printed again.
            _ = try? writeDict(DictObject(value).dict, 0)
            out.append(UInt8(ascii: ">"))
        case .function where value.aux == GlobalFunction.dict.rawValue: out.append("<class 'dict'>")
        case .function where value.aux == GlobalFunction.joiner.rawValue:
            out.append("<class 'jinja2.utils.Joiner'>")
        case .function where value.aux == GlobalFunction.cycler.rawValue:
            out.append("<class 'jinja2.utils.Cycler'>")
        case .function where value.aux == GlobalFunction.namespace.rawValue:
            out.append("<class 'jinja2.utils.Namespace'>")
        case .function where value.aux == GlobalFunction.range.rawValue:
            out.append("<function safe_range>")
        case .module:
            let unit = unsafe module(value).pointee.context.pointee.unit
            out.append("<TemplateModule ")
            out.append(representationOfName(unit))
            out.append(UInt8(ascii: ">"))
        case .templateReference:
            let context = unsafe value.address.assumingMemoryBound(to: ContextObject.self)
            out.append("<TemplateReference ")
            unsafe out.append(representationOfName(context.pointee.unit))
            out.append(UInt8(ascii: ">"))
        default:
            out.append("<")
            out.append(typeName(value))
            out.append(" object>")
        }
    }

    private func representationOfName(_ unit: Int32) -> String {
        "'\(template.unitName(unit))'"
    }
}
