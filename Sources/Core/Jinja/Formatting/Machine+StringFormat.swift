/// `str.format`, as the sandbox allows it.
extension Machine {
    private struct FormatSource {
        let arguments: CallArguments?
        let mapping: Value
        let isMarkup: Bool
        var automatic = 0
        var usesAutomatic = false
        var usesManual = false
    }

    mutating func formatString(
        _ format: Value, _ arguments: CallArguments
    ) throws(Fault) -> Value {
        var source = FormatSource(
            arguments: arguments, mapping: .absent, isMarkup: format.isMarkup)
        return try formatString(format, &source)
    }

    mutating func formatString(_ format: Value, mapping: Value) throws(Fault) -> Value {
        var source = FormatSource(arguments: nil, mapping: mapping, isMarkup: format.isMarkup)
        return try formatString(format, &source)
    }

    private mutating func formatString(
        _ format: Value, _ source: inout FormatSource
    ) throws(Fault) -> Value {
        let mark = out.count
        try appendFormat(format.text, &source, 0)
        return try takeOutput(from: mark, isMarkup: format.isMarkup)
    }

    private mutating func appendFormat(
        _ text: Text, _ source: inout FormatSource, _ depth: Int
    ) throws(Fault) {
        guard depth < 2 else { throw fault(.value, "the format is nested too deeply") }
        var i = 0
        while i < text.count {
            let byte = text[i]
            guard byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}") else {
                out.append(byte)
                i += 1
                continue
            }
            if i + 1 < text.count && text[i + 1] == byte {
                out.append(byte)
                i += 2
                continue
            }
            guard byte == UInt8(ascii: "{") else {
                throw fault(.value, "a single '}' in a format")
            }
            var end = i + 1
            var level = 1
            while end < text.count && level > 0 {
                if text[end] == UInt8(ascii: "{") { level += 1 }
                if text[end] == UInt8(ascii: "}") { level -= 1 }
                end += 1
            }
            guard level == 0 else { throw fault(.value, "a '{' in a format is not closed") }
            try appendField(text.slice(i + 1, end - 1), &source, depth)
            try checkOutputOfBuild()
            i = end
        }
    }

    private mutating func appendField(
        _ field: Text, _ source: inout FormatSource, _ depth: Int
    ) throws(Fault) {
        // The name ends at `!` or `:` outside of brackets.
        var end = 0
        var isInBrackets = false
        while end < field.count {
            if field[end] == UInt8(ascii: "[") { isInBrackets = true }
            if field[end] == UInt8(ascii: "]") { isInBrackets = false }
            if !isInBrackets && (field[end] == UInt8(ascii: "!") || field[end] == UInt8(ascii: ":"))
            {
                break
            }
            end += 1
        }
        var value = try fieldValue(field.slice(0, end), &source)
        if end < field.count && field[end] == UInt8(ascii: "!") {
            guard end + 1 < field.count else { throw fault(.value, "the format ends behind '!'") }
            switch field[end + 1] {
            case UInt8(ascii: "s"): value = try softText(value)
            case UInt8(ascii: "r"), UInt8(ascii: "a"): value = Value(try representation(of: value))
            default: throw fault(.value, "the format has an unknown conversion behind '!'")
            }
            end += 2
            guard end == field.count || field[end] == UInt8(ascii: ":") else {
                throw fault(.value, "':' was expected behind the conversion of a format")
            }
        }
        var spec = Text("")
        if end < field.count {
            let mark = out.count
            try appendFormat(field.dropFirst(end + 1), &source, depth + 1)
            spec = try takeOutput(from: mark, isMarkup: false).text
        }
        let mark = out.count
        try appendFormatted(value, spec)
        if source.isMarkup && depth == 0 && !value.isMarkup {
            let shown = try takeOutput(from: mark, isMarkup: false)
            HTMLEscaping.append(shown.text, to: &out)
        }
    }

    private mutating func fieldValue(
        _ name: Text, _ source: inout FormatSource
    ) throws(Fault) -> Value {
        var end = 0
        while end < name.count && name[end] != UInt8(ascii: ".") && name[end] != UInt8(ascii: "[") {
            end += 1
        }
        var value = try firstValue(name.slice(0, end), &source)
        var i = end
        while i < name.count {
            if name[i] == UInt8(ascii: ".") {
                var stop = i + 1
                while stop < name.count && name[stop] != UInt8(ascii: ".")
                    && name[stop] != UInt8(ascii: "[")
                {
                    stop += 1
                }
                guard stop > i + 1 else { throw fault(.value, "an empty attribute in a format") }
                value = try attribute(of: value, Value(name.slice(i + 1, stop)))
                i = stop
            } else {
                guard name[i] == UInt8(ascii: "["),
                    let stop = name.firstIndex(of: UInt8(ascii: "]"), from: i)
                else { throw fault(.value, "a '[' in a format is not closed") }
                let key = name.slice(i + 1, stop)
                value = try item(
                    of: value, NumberParsing.index(key).map { Value($0) } ?? Value(key))
                i = stop + 1
            }
        }
        return value
    }

    private mutating func firstValue(
        _ name: Text, _ source: inout FormatSource
    ) throws(Fault) -> Value {
        guard let arguments = source.arguments else {
            let key = Value(name)
            guard source.mapping.tag == .dict, let value = DictObject(source.mapping)[name] else {
                throw fault(.key, "the dict has no key \(try representation(of: key).string)")
            }
            return value
        }
        if let index = name.isEmpty ? nil : NumberParsing.index(name) {
            source.usesManual = true
            guard !source.usesAutomatic else {
                throw fault(.value, "a format numbers all of its fields or none")
            }
            return try argument(arguments, index)
        }
        if name.isEmpty {
            source.usesAutomatic = true
            guard !source.usesManual else {
                throw fault(.value, "a format numbers all of its fields or none")
            }
            source.automatic += 1
            return try argument(arguments, source.automatic - 1)
        }
        for k in 0..<arguments.keywordCount where arguments.keywordName(k).text == name {
            return arguments.keywordValue(k)
        }
        throw fault(.key, "the format has no value '\(name.string)'")
    }

    private mutating func argument(
        _ arguments: CallArguments, _ index: Int
    ) throws(Fault) -> Value {
        guard index < arguments.positional else {
            throw fault(.index, "the format has no value of number \(index)")
        }
        return arguments[index]
    }

    // MARK: One value

    /// Appends `format(value, spec)`.
    mutating func appendFormatted(_ value: Value, _ text: Text) throws(Fault) {
        if text.isEmpty { return try writeString(value) }
        guard let spec = FormatSpec(text) else {
            throw fault(.value, "'\(text.string)' is no format of a value")
        }
        try checkString(spec.width)
        try checkString(spec.precision ?? 0)
        switch value.tag {
        case .string: try appendString(value, spec)
        case .int, .bool, .bigInt: try appendInteger(value, spec)
        case .float: try appendFloat(value.float, spec, isDefault: spec.type == 0)
        case .undefined where isStrict(value): throw undefinedFault(value)
        default:
            throw fault(.type, "a value of type '\(typeName(value))' takes no format")
        }
    }

    private mutating func unknownType(_ spec: FormatSpec, _ value: Value) -> Fault {
        let letter = Character(Unicode.Scalar(spec.type))
        return fault(
            .value, "the format '\(letter)' does not suit a value of type '\(typeName(value))'")
    }

    private mutating func appendString(_ value: Value, _ spec: FormatSpec) throws(Fault) {
        guard spec.type == 0 || spec.type == UInt8(ascii: "s") else {
            throw unknownType(spec, value)
        }
        guard spec.sign == UInt8(ascii: "-"), spec.align != UInt8(ascii: "="), spec.grouping == 0
        else {
            throw fault(.value, "a sign, '=' or ',' in the format of a string")
        }
        var text = value.text
        if let precision = spec.precision { text = text.slice(0, text.offset(ofScalar: precision)) }
        var spec = spec
        if spec.isZeroPadded && spec.align == 0 {
            spec.fill = [0x30]
        }
        appendAligned(unsafe Array(text.bytes), [], text.scalarCount, spec, isNumber: false)
    }

    private func sign(_ isNegative: Bool, _ spec: FormatSpec) -> [UInt8] {
        if isNegative { return [UInt8(ascii: "-")] }
        return spec.sign == UInt8(ascii: "-") ? [] : [spec.sign]
    }

    private mutating func appendInteger(_ value: Value, _ spec: FormatSpec) throws(Fault) {
        let base: UInt32
        switch spec.type {
        case 0, UInt8(ascii: "d"), UInt8(ascii: "n"): base = 10
        case UInt8(ascii: "x"), UInt8(ascii: "X"): base = 16
        case UInt8(ascii: "o"): base = 8
        case UInt8(ascii: "b"): base = 2
        case UInt8(ascii: "c"):
            guard let code = value.asInt, code >= 0,
                let scalar = Unicode.Scalar(UInt32(clamping: code))
            else {
                throw fault(.overflow, "the number is no character")
            }
            return appendAligned(
                Array(String(Character(scalar)).utf8), [], 1, spec, isNumber: true)
        case UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "f"), UInt8(ascii: "F"),
            UInt8(ascii: "g"), UInt8(ascii: "G"), UInt8(ascii: "%"):
            return try appendFloat(double(value), spec, isDefault: false)
        default: throw unknownType(spec, value)
        }
        guard spec.precision == nil else {
            throw fault(.value, "a precision in the format of an integer")
        }
        let big = BigInt(value)
        var digits = BigInt(limbs: big.limbs, isNegative: false).digits(base: base)
        var prefix = sign(big.isNegative, spec)
        if spec.isAlternate && base != 10 { prefix += [0x30, spec.type] }
        if spec.type == UInt8(ascii: "X") { digits = digits.map { CaseMapping.upper($0) } }
        let shown = spec.grouped(digits)
        appendAligned(shown, prefix, shown.count, spec, isNumber: true)
    }

    private mutating func appendFloat(
        _ number: Double, _ spec: FormatSpec, isDefault: Bool
    ) throws(Fault) {
        let isUpper =
            spec.type == UInt8(ascii: "E") || spec.type == UInt8(ascii: "G")
            || spec.type == UInt8(ascii: "F")
        let prefix = sign(number.sign == .minus && !number.isNaN, spec)
        guard number.isFinite else {
            let word = number.isNaN ? "nan" : "inf"
            var digits = Array((isUpper ? word.uppercased() : word).utf8)
            if spec.type == UInt8(ascii: "%") { digits.append(UInt8(ascii: "%")) }
            return appendAligned(digits, prefix, digits.count, spec, isNumber: true)
        }
        let size = number.magnitude
        let precision = min(spec.precision ?? 6, 1100)
        var digits: [UInt8]
        let text = { (size: Double, style: FloatFormat.Style) in
            FloatFormat.text(
                size, style, precision: precision, isAlternate: spec.isAlternate, isUpper: isUpper)
        }
        switch spec.type {
        case UInt8(ascii: "f"), UInt8(ascii: "F"): digits = text(size, .fixed)
        case UInt8(ascii: "e"), UInt8(ascii: "E"): digits = text(size, .scientific)
        case UInt8(ascii: "g"), UInt8(ascii: "G"), UInt8(ascii: "n"): digits = text(size, .general)
        case UInt8(ascii: "%"): digits = text(size * 100, .fixed) + [UInt8(ascii: "%")]
        case 0:
            if spec.precision == nil {
                var out = ByteBuffer(capacity: 32)
                FloatFormat.append(size, to: &out)
                digits = unsafe Array(out.bytes)
            } else {
                digits = text(size, .general)
                let isPlain = !digits.contains { $0 == 0x2E || $0 == 0x65 || $0 == 0x6E }
                if isPlain { digits += [0x2E, 0x30] }
            }
        default: throw unknownType(spec, Value(number))
        }
        let shown = spec.grouped(digits)
        appendAligned(shown, prefix, shown.count, spec, isNumber: true)
    }

    private mutating func appendAligned(
        _ body: [UInt8], _ prefix: [UInt8], _ count: Int, _ spec: FormatSpec, isNumber: Bool
    ) {
        let missing = max(0, spec.width - count - prefix.count)
        var align = spec.align
        var fill = spec.fill
        if align == 0 {
            align = isNumber ? UInt8(ascii: ">") : UInt8(ascii: "<")
            if spec.isZeroPadded && isNumber {
                align = UInt8(ascii: "=")
                fill = [0x30]
            }
        }
        let before =
            align == UInt8(ascii: ">") ? missing : align == UInt8(ascii: "^") ? missing / 2 : 0
        for _ in 0..<before { out.append(fill) }
        out.append(prefix)
        if align == UInt8(ascii: "=") {
            for _ in 0..<missing { out.append(fill) }
        }
        out.append(body)
        if align != UInt8(ascii: "=") {
            for _ in before..<missing { out.append(fill) }
        }
    }
}
