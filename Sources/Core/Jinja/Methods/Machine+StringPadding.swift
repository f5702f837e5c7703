extension Machine {
    // MARK: Padding

    mutating func pad(
        _ receiver: Value, _ method: BuiltinMethod, _ arguments: CallArguments
    ) throws(Fault) -> Value {
        try arity(arguments, 1...2, method)
        let width = try integer(arguments[0], default: 0, "width")
        var fill = Text(" ")
        if !arguments[1].isAbsent {
            fill = try string(arguments[1], method)
            guard fill.scalarCount == 1 else {
                throw fault(.type, "the fill character must be one character")
            }
            if receiver.isMarkup { fill = try escaped(Value(fill)).text }
        }
        let side: PadSide = method == .center ? .center : method == .ljust ? .right : .left
        return try padded(receiver, width, side, fill)
    }

    /// The string with a fill text repeated until it has `width` characters.
    mutating func padded(
        _ value: Value, _ width: Int, _ side: PadSide, _ fill: Text
    ) throws(Fault) -> Value {
        let count = value.text.scalarCount
        guard width > count else { return value }
        let missing = width - count
        let (bytes, overflow) = missing.multipliedReportingOverflow(by: fill.count)
        try checkString(overflow ? Int.max / 2 : bytes + value.text.count)
        let before: Int
        switch side {
        case .left: before = missing
        case .right: before = 0
        case .center: before = missing / 2 + (missing & width & 1)
        }
        return try build(isMarkup: value.isMarkup) { machine in
            for _ in 0..<before { machine.out.append(fill) }
            machine.out.append(value.text)
            for _ in before..<missing { machine.out.append(fill) }
        }
    }

    mutating func zeroFilled(_ value: Value, _ width: Int) throws(Fault) -> Value {
        let text = value.text
        let hasSign = !text.isEmpty && (text[0] == 0x2B || text[0] == 0x2D)
        guard hasSign else { return try padded(value, width, .left, Text("0")) }
        let rest = try padded(
            Value(text.dropFirst(1), isMarkup: value.isMarkup), max(width, 1) - 1, .left, Text("0"))
        return try build(isMarkup: value.isMarkup) { machine in
            machine.out.append(text.slice(0, 1))
            machine.out.append(rest.text)
        }
    }

    mutating func tabsExpanded(_ value: Value, _ size: Int) throws(Fault) -> Value {
        let text = value.text
        guard size <= 1000 else { throw fault(.limit, "a tab of more than 1000 columns") }
        try checkString(text.count * max(size, 1))
        return try build(isMarkup: value.isMarkup) { machine in
            var column = 0
            var i = 0
            while i < text.count {
                let (scalar, next) = text.scalar(at: i)
                if scalar == 0x09 {
                    let spaces = size > 0 ? size - column % size : 0
                    for _ in 0..<spaces { machine.out.append(0x20) }
                    column += spaces
                } else {
                    machine.out.append(text.slice(i, next))
                    column = scalar == 0x0A || scalar == 0x0D ? 0 : column + 1
                }
                i = next
            }
        }
    }

    // MARK: Translating

    mutating func translated(_ value: Value, _ table: Value) throws(Fault) -> Value {
        guard table.tag == .dict else { throw fault(.type, "translate() takes a dict") }
        let dict = DictObject(table)
        let text = value.text
        return try build(isMarkup: value.isMarkup) { machine throws(Fault) in
            var i = 0
            while i < text.count {
                let (scalar, next) = text.scalar(at: i)
                let key = Value(Int(scalar))
                if let place = dict.index(of: key, hash: try machine.hash(key)) {
                    let new = dict.value(place)
                    if new.tag == .int, let c = Unicode.Scalar(UInt32(clamping: new.int)) {
                        UTF8Encoding.append(c.value, to: &machine.out)
                    } else if new.isString {
                        machine.out.append(new.text)
                    }
                } else {
                    machine.out.append(text.slice(i, next))
                }
                try machine.checkOutputOfBuild()
                i = next
            }
        }
    }

    mutating func translationTable(_ arguments: CallArguments) throws(Fault) -> Value {
        try arity(arguments, 1...3, .maketrans)
        let table = DictObject(&arena)
        if arguments.positional == 1 {
            guard arguments[0].tag == .dict else { throw fault(.type, "maketrans() takes a dict") }
            let dict = DictObject(arguments[0])
            for i in 0..<dict.count {
                let key = dict.key(i)
                let code =
                    key.isString && !key.text.isEmpty
                    ? Value(Int(key.text.scalar(at: 0).value)) : key
                table.set(code, hash: try hash(code), dict.value(i), &arena)
            }
            return table.dict
        }
        let from = try list(of: arguments[0])
        let to = try list(of: arguments[1])
        guard from.count == to.count else {
            throw fault(.value, "the first two texts of maketrans() must be equally long")
        }
        for i in 0..<from.count {
            let code = Value(Int(from[i].text.scalar(at: 0).value))
            let new = Value(Int(to[i].text.scalar(at: 0).value))
            table.set(code, hash: try hash(code), new, &arena)
        }
        if arguments.positional == 3 {
            let dropped = try list(of: arguments[2])
            for i in 0..<dropped.count {
                let code = Value(Int(dropped[i].text.scalar(at: 0).value))
                table.set(code, hash: try hash(code), .none, &arena)
            }
        }
        return table.dict
    }

    // MARK: Questions

    mutating func stringTest(
        _ text: Text, _ method: BuiltinMethod, _ arguments: CallArguments
    ) throws(Fault) -> Bool? {
        switch method {
        case .isalnum, .isalpha, .isascii, .isdecimal, .isdigit, .isidentifier, .islower,
            .isnumeric, .isprintable, .isspace, .istitle, .isupper:
            break
        default: return nil
        }
        try arity(arguments, 0...0, method)
        switch method {
        case .isascii: return text.isASCII
        case .islower: return text.hasCase(upper: false)
        case .isupper: return text.hasCase(upper: true)
        case .istitle: return text.isTitleCase
        case .isidentifier: return text.isIdentifier
        case .isprintable: return text.allScalars(UnicodeTables.isPrintable)
        case .isalnum: return !text.isEmpty && text.allScalars(UnicodeTables.isAlphanumeric)
        case .isalpha: return !text.isEmpty && text.allScalars(UnicodeTables.isAlpha)
        case .isdecimal: return !text.isEmpty && text.allScalars(UnicodeTables.isDecimal)
        case .isdigit: return !text.isEmpty && text.allScalars(UnicodeTables.isDigit)
        case .isnumeric: return !text.isEmpty && text.allScalars(UnicodeTables.isNumeric)
        default: return !text.isEmpty && text.allScalars { UnicodeTables.isSpace($0) }
        }
    }
}
