/// Python's `%` on strings.
extension Machine {
    /// One conversion: what stands between `%` and its letter.
    private struct Conversion {
        var isLeft = false
        var isZero = false
        var hasPlus = false
        var hasSpace = false
        var isAlternate = false
        var width = 0
        var precision: Int?
    }

    /// Where the values come from.
    private struct Source {
        let values: ListObject
        let mapping: DictObject?
        var next = 0
    }

    mutating func percentFormat(_ format: Value, _ value: Value) throws(Fault) -> Value {
        let values = ListObject(&arena, capacity: 1)
        var mapping: DictObject?
        if value.tag == .tuple { return try percentFormat(format, ListObject(value), nil) }
        if value.tag == .dict { mapping = DictObject(value) }
        values.append(value, &arena)
        // Whatever can be indexed passes for a mapping, of which nothing need be used.
        let isIndexable =
            mapping != nil || value.tag == .list || value.tag == .range
            || value.isUndefined || value.tag == .bytes
        return try percentFormat(format, values, mapping, takesAny: isIndexable)
    }

    @inline(__always)
    mutating func percentFormat(
        _ format: Value, arguments: CallArguments
    ) throws(Fault) -> Value {
        // `'%.2f'|format(x)` is so common that it goes straight to the number.
        if arguments.positional == 1 && !format.isMarkup,
            let decimals = Machine.decimals(of: format.text), arguments[0].tag == .float,
            arguments[0].float.isFinite
        {
            let number = arguments[0].float
            return try build { machine in
                FloatFormat.appendFixed(number, decimals: decimals, to: &machine.out)
            }
        }
        let values = ListObject(&arena, capacity: max(arguments.positional, 1))
        for i in 0..<arguments.positional { values.append(arguments[i], &arena) }
        return try percentFormat(format, values, nil)
    }

    /// The number of decimals where the whole format is `%.2f` or the like.
    @inline(__always)
    private static func decimals(of format: Text) -> Int? {
        guard format.count == 4, format[0] == UInt8(ascii: "%"), format[1] == UInt8(ascii: "."),
            format[3] == UInt8(ascii: "f"), format[2] >= 0x30, format[2] <= 0x39
        else { return nil }
        return Int(format[2] - 0x30)
    }

    /// Formats; `takesAny` where values that nothing asked for are no mistake.
    private mutating func percentFormat(
        _ format: Value, _ values: ListObject, _ mapping: DictObject?, takesAny: Bool = false
    ) throws(Fault) -> Value {
        let text = format.text
        var source = Source(values: values, mapping: mapping)
        let result = try build(isMarkup: format.isMarkup) { machine throws(Fault) in
            var i = 0
            while i < text.count {
                let sign = text.firstIndex(of: UInt8(ascii: "%"), from: i) ?? text.count
                machine.out.append(text.slice(i, sign))
                guard sign < text.count else { break }
                i = sign + 1
                try machine.convert(text, &i, &source, isMarkup: format.isMarkup)
                try machine.checkOutputOfBuild()
            }
        }
        guard source.next >= values.count || takesAny else {
            throw fault(.type, "the format has no place for all of the values")
        }
        return result
    }

    private mutating func convert(
        _ text: Text, _ i: inout Int, _ source: inout Source, isMarkup: Bool
    ) throws(Fault) {
        var named: Value?
        if i < text.count && text[i] == UInt8(ascii: "(") {
            var depth = 1
            let start = i + 1
            i = start
            while i < text.count && depth > 0 {
                if text[i] == UInt8(ascii: "(") { depth += 1 }
                if text[i] == UInt8(ascii: ")") { depth -= 1 }
                i += 1
            }
            guard depth == 0 else { throw fault(.value, "a name in the format is not closed") }
            guard let mapping = source.mapping else {
                if source.values.count == 1 && source.values[0].isUndefined {
                    throw undefinedFault(source.values[0])
                }
                throw fault(.type, "a format with names needs a dict")
            }
            let key = text.slice(start, i - 1)
            guard let value = mapping[key] else {
                throw fault(.key, "the dict has no key '\(key.string)'")
            }
            named = value
        }
        var conversion = Conversion()
        try readFlags(text, &i, &conversion, &source)
        guard i < text.count else { throw fault(.value, "the format ends inside a conversion") }
        let letter = text[i]
        i += 1
        if letter == UInt8(ascii: "%") { return out.append(letter) }
        let value: Value
        if let named { value = named } else { value = try take(&source) }
        try convert(value, letter, conversion, isMarkup: isMarkup)
    }

    private mutating func take(_ source: inout Source) throws(Fault) -> Value {
        guard source.next < source.values.count else {
            throw fault(.type, "the format has places for more values than are given")
        }
        source.next += 1
        return source.values[source.next - 1]
    }

    private mutating func readFlags(
        _ text: Text, _ i: inout Int, _ conversion: inout Conversion, _ source: inout Source
    ) throws(Fault) {
        flags: while i < text.count {
            switch text[i] {
            case UInt8(ascii: "-"): conversion.isLeft = true
            case UInt8(ascii: "0"): conversion.isZero = true
            case UInt8(ascii: "+"): conversion.hasPlus = true
            case UInt8(ascii: " "): conversion.hasSpace = true
            case UInt8(ascii: "#"): conversion.isAlternate = true
            default: break flags
            }
            i += 1
        }
        if let width = try readNumber(text, &i, &source) {
            conversion.width = Int(width.magnitude)
            if width < 0 { conversion.isLeft = true }
        }
        if i < text.count && text[i] == UInt8(ascii: ".") {
            i += 1
            conversion.precision = max(try readNumber(text, &i, &source) ?? 0, 0)
        }
        while i < text.count, text[i] == UInt8(ascii: "l") || text[i] == UInt8(ascii: "h") {
            i += 1
        }
        try checkString(conversion.width)
        try checkString(conversion.precision ?? 0)
    }

    private mutating func readNumber(
        _ text: Text, _ i: inout Int, _ source: inout Source
    ) throws(Fault) -> Int? {
        if i < text.count && text[i] == UInt8(ascii: "*") {
            i += 1
            let value = try take(&source)
            guard let number = value.asInt, number.magnitude <= JinjaLimits.stringBytes else {
                throw fault(.type, "'*' in a format needs an integer")
            }
            return number
        }
        var number: Int?
        while i < text.count, text[i] >= 0x30, text[i] <= 0x39 {
            number = min((number ?? 0) * 10 + Int(text[i] - 0x30), JinjaLimits.stringBytes + 1)
            i += 1
        }
        return number
    }

    private mutating func convert(
        _ value: Value, _ letter: UInt8, _ conversion: Conversion, isMarkup: Bool
    ) throws(Fault) {
        switch letter {
        case UInt8(ascii: "s"), UInt8(ascii: "r"), UInt8(ascii: "a"):
            var text =
                letter == UInt8(ascii: "s")
                ? try softText(value) : Value(try representation(of: value))
            if isMarkup { text = try escaped(text) }
            var shown = text.text
            if let precision = conversion.precision {
                shown = shown.slice(0, shown.offset(ofScalar: precision))
            }
            appendPadded(shown, conversion, sign: Text(""), isNumber: false)
        case UInt8(ascii: "c"):
            if value.isString && value.text.scalarCount == 1 {
                return appendPadded(value.text, conversion, sign: Text(""), isNumber: false)
            }
            guard let code = value.asInt, code >= 0,
                let scalar = Unicode.Scalar(UInt32(clamping: code))
            else {
                throw fault(.type, "'%c' needs a character")
            }
            let text = try build { UTF8Encoding.append(scalar.value, to: &$0.out) }.text
            appendPadded(text, conversion, sign: Text(""), isNumber: false)
        case UInt8(ascii: "d"), UInt8(ascii: "i"), UInt8(ascii: "u"), UInt8(ascii: "x"),
            UInt8(ascii: "X"), UInt8(ascii: "o"):
            try convertInteger(value, letter, conversion)
        case UInt8(ascii: "f"), UInt8(ascii: "F"), UInt8(ascii: "e"), UInt8(ascii: "E"),
            UInt8(ascii: "g"), UInt8(ascii: "G"):
            try convertFloat(value, letter, conversion)
        default:
            let shown = Character(Unicode.Scalar(letter))
            throw fault(.value, "'%\(shown)' is no conversion of a format")
        }
    }

    private mutating func convertInteger(
        _ value: Value, _ letter: UInt8, _ conversion: Conversion
    ) throws(Fault) {
        var number = value
        let isDecimal =
            letter != UInt8(ascii: "x") && letter != UInt8(ascii: "X")
            && letter != UInt8(ascii: "o")
        if value.tag == .float && isDecimal {
            guard value.float.isFinite else {
                throw fault(
                    value.float.isNaN ? .value : .overflow, "the number is no integer")
            }
            number = whole(value.float)
        }
        guard number.isNumber && number.tag != .float else {
            if value.tag == .undefined { throw undefinedFault(value) }
            let shown = Character(Unicode.Scalar(letter))
            throw fault(.type, "'%\(shown)' needs a number, not \(typeName(value))")
        }
        let big = BigInt(number)
        var digits = BigInt(limbs: big.limbs, isNegative: false).digits(
            base: isDecimal ? 10 : letter == UInt8(ascii: "o") ? 8 : 16)
        if let precision = conversion.precision, digits.count < precision {
            digits = [UInt8](repeating: 0x30, count: precision - digits.count) + digits
        }
        var sign: [UInt8] = []
        if big.isNegative {
            sign = [UInt8(ascii: "-")]
        } else if conversion.hasPlus {
            sign = [UInt8(ascii: "+")]
        } else if conversion.hasSpace {
            sign = [0x20]
        }
        if letter == UInt8(ascii: "X") {
            digits = digits.map { CaseMapping.upper($0) }
        }
        if conversion.isAlternate && !isDecimal {
            sign += [0x30, letter]
        }
        appendNumber(digits, sign, conversion)
    }

    private mutating func convertFloat(
        _ value: Value, _ letter: UInt8, _ conversion: Conversion
    ) throws(Fault) {
        guard value.isNumber else {
            if value.tag == .undefined { throw undefinedFault(value) }
            throw fault(.type, "the format needs a number, not \(typeName(value))")
        }
        let number = try double(value)
        var sign: [UInt8] = []
        if number.sign == .minus && !number.isNaN {
            sign = [UInt8(ascii: "-")]
        } else if conversion.hasPlus {
            sign = [UInt8(ascii: "+")]
        } else if conversion.hasSpace {
            sign = [0x20]
        }
        let isUpper = letter < 0x60
        guard number.isFinite else {
            let word = number.isNaN ? "nan" : "inf"
            return appendNumber(Array((isUpper ? word.uppercased() : word).utf8), sign, conversion)
        }
        let precision = min(conversion.precision ?? 6, 1100)
        let style: FloatFormat.Style
        switch letter | 0x20 {
        case UInt8(ascii: "f"): style = .fixed
        case UInt8(ascii: "e"): style = .scientific
        default: style = .general
        }
        let digits = FloatFormat.text(
            number.magnitude, style, precision: precision, isAlternate: conversion.isAlternate,
            isUpper: isUpper)
        appendNumber(digits, sign, conversion)
    }

    private mutating func appendNumber(
        _ digits: [UInt8], _ sign: [UInt8], _ conversion: Conversion
    ) {
        unsafe digits.withUnsafeBufferPointer { digits in
            unsafe sign.withUnsafeBufferPointer { sign in
                let none = Text("")
                let first = unsafe sign.baseAddress.map { unsafe Text(base: $0, count: sign.count) }
                let rest = unsafe digits.baseAddress.map {
                    unsafe Text(base: $0, count: digits.count)
                }
                appendPadded(rest ?? none, conversion, sign: first ?? none, isNumber: true)
            }
        }
    }

    private mutating func appendPadded(
        _ text: Text, _ conversion: Conversion, sign: Text, isNumber: Bool
    ) {
        let missing = max(0, conversion.width - text.scalarCount - sign.count)
        let zeros = isNumber && conversion.isZero && !conversion.isLeft
        if !conversion.isLeft && !zeros {
            for _ in 0..<missing { out.append(0x20) }
        }
        out.append(sign)
        if zeros {
            for _ in 0..<missing { out.append(0x30) }
        }
        out.append(text)
        if conversion.isLeft {
            for _ in 0..<missing { out.append(0x20) }
        }
    }
}
