/// What changes the letters of a text.
enum CaseChange {
    case upper, lower, capitalize, title, swap, fold
}

extension Machine {
    mutating func changeCase(_ value: Value, _ change: CaseChange) throws(Fault) -> Value {
        let soft = try softText(value)
        let text = soft.text
        try checkString(text.count)
        if text.isASCII {
            let start = unsafe arena.allocate(UInt8.self, count: text.count)
            unsafe CaseMapping.map(ascii: text, change, to: start)
            return unsafe Value(Text(base: start, count: text.count), isMarkup: soft.isMarkup)
        }
        return try build(isMarkup: soft.isMarkup) { machine in
            CaseMapping.append(text, change, to: &machine.out)
        }
    }

    /// Jinja's `title`: a word begins behind white space, hyphens and opening brackets only.
    mutating func titleFilter(_ value: Value) throws(Fault) -> Value {
        let soft = try softText(value)
        let text = soft.text
        try checkString(text.count)
        if text.isASCII {
            let start = unsafe arena.allocate(UInt8.self, count: text.count)
            unsafe CaseMapping.mapTitle(ascii: text, to: start)
            return unsafe Value(Text(base: start, count: text.count))
        }
        return try build { machine in
            var isStart = true
            var i = 0
            while i < text.count {
                let (scalar, next) = text.scalar(at: i)
                let isBreak =
                    scalar == 0x2D || scalar == 0x28 || scalar == 0x7B || scalar == 0x5B
                    || scalar == 0x3C || UnicodeTables.isSpace(scalar)
                CaseMapping.append(text.slice(i, next), isStart ? .upper : .lower, to: &machine.out)
                isStart = isBreak
                i = next
            }
        }
    }

    mutating func trimFilter(_ value: Value, _ characters: Value) throws(Fault) -> Value {
        let soft = try softText(value)
        if characters.isAbsent || characters.isNone {
            return Value(soft.text.trimmed(left: true, right: true), isMarkup: soft.isMarkup)
        }
        guard characters.isString else {
            throw fault(.type, "'chars' must be a string, not \(typeName(characters))")
        }
        return Value(
            soft.text.trimmed(characters.text, left: true, right: true), isMarkup: soft.isMarkup)
    }

    mutating func truncateFilter(
        _ value: Value, _ arguments: CallArguments
    ) throws(Fault) -> Value {
        let length = try integer(arguments[0], default: 255, "length")
        let killsWords = try flag(arguments[1], default: false)
        let ending = arguments[2].isAbsent ? Value(Text("...")) : arguments[2]
        var leeway = 5
        if !arguments[3].isNone { leeway = try integer(arguments[3], default: 5, "leeway") }
        guard ending.isString else { throw fault(.type, "'end' must be a string") }
        let endLength = ending.text.scalarCount
        guard length >= endLength else {
            throw fault(.value, "'length' must be at least \(endLength), the length of 'end'")
        }
        guard leeway >= 0 else { throw fault(.value, "'leeway' must not be negative") }
        let count = try self.length(of: value)
        if count <= length &+ leeway || length &+ leeway < 0 { return value }
        guard value.isString else {
            throw fault(.type, "only a string can be truncated, not \(typeName(value))")
        }
        let text = value.text
        var cut = text.slice(0, text.offset(ofScalar: length - endLength))
        if !killsWords, let space = cut.lastIndex(of: Text(" ")) { cut = cut.slice(0, space) }
        let isMarkup = value.isMarkup || ending.isMarkup
        return try build(isMarkup: isMarkup) { machine in
            if isMarkup {
                machine.appendEscaped(Value(cut, isMarkup: value.isMarkup))
                machine.appendEscaped(ending)
            } else {
                machine.out.append(cut)
                machine.out.append(ending.text)
            }
        }
    }

    mutating func centerFilter(_ value: Value, _ width: Value) throws(Fault) -> Value {
        let width = try integer(width, default: 80, "width")
        return try padded(softText(value), width, .center, Text(" "))
    }

    mutating func indentFilter(_ value: Value, _ arguments: CallArguments) throws(Fault) -> Value {
        let indent: Text
        if arguments[0].isString {
            indent = arguments[0].text
        } else {
            indent = try repeatedSpace(max(integer(arguments[0], default: 4, "width"), 0))
        }
        let indentsFirst = try flag(arguments[1], default: false)
        let indentsBlank = try flag(arguments[2], default: false)
        guard value.isString else {
            if value.tag == .undefined { throw undefinedFault(value) }
            throw fault(.type, "only a string can be indented, not \(typeName(value))")
        }
        let text = value.text
        let lines = text.lineRanges(keepsEnds: false, withTrailingNewline: true)
        try checkString(text.count + (lines.count + 1) * indent.count)
        return try build(isMarkup: value.isMarkup) { machine in
            for (i, line) in lines.enumerated() {
                if i > 0 { machine.out.append(UInt8(ascii: "\n")) }
                let isBlank = line.isEmpty && !indentsBlank
                if i == 0 ? indentsFirst : !isBlank { machine.out.append(indent) }
                machine.out.append(text.slice(line.lowerBound, line.upperBound))
            }
        }
    }

    func wordCount(_ text: Text) -> Int {
        var count = 0
        var isInside = false
        var i = 0
        while i < text.count {
            let (scalar, next) = text.scalar(at: i)
            let isWord = scalar == 0x5F || UnicodeTables.isAlphanumeric(scalar)
            if isWord && !isInside { count += 1 }
            isInside = isWord
            i = next
        }
        return count
    }

    mutating func replaceFilter(
        _ value: Value, _ arguments: CallArguments, _ mode: UInt8
    ) throws(Fault) -> Value {
        var limit = -1
        if !arguments[2].isNone { limit = try integer(arguments[2], default: -1, "count") }
        var subject = try softText(value)
        let old = try softText(arguments[0])
        var new = try softText(arguments[1])
        guard isEscaping(mode) else {
            return try replaced(subject.asPlain(), old.text, new.text, limit)
        }
        if old.isMarkup || (new.isMarkup && !subject.isMarkup) { subject = try escaped(subject) }
        if subject.isMarkup && !new.isMarkup { new = try escaped(new) }
        return try replaced(subject, old.text, new.text, limit)
    }

    /// The string with the first `limit` occurrences of a text replaced, all where it is negative.
    mutating func replaced(
        _ value: Value, _ old: Text, _ new: Text, _ limit: Int
    ) throws(Fault) -> Value {
        let text = value.text
        try spend(text.count &>> 4)
        guard limit != 0, old.isEmpty || text.firstIndex(of: old) != nil else { return value }
        let most = old.isEmpty ? text.scalarCount + 1 : text.count / old.count
        let count = limit < 0 ? most : min(limit, most)
        let (growth, overflow) = max(new.count - old.count, 0).multipliedReportingOverflow(
            by: count)
        try checkString(overflow ? Int.max / 2 : text.count + growth)
        return try build(isMarkup: value.isMarkup) { machine in
            var left = limit
            var i = 0
            if old.isEmpty {
                // Python puts the new text before every character and at the end.
                while left != 0 {
                    machine.out.append(new)
                    left -= 1
                    guard i < text.count else { break }
                    let next = text.scalar(at: i).next
                    machine.out.append(text.slice(i, next))
                    i = next
                }
            } else {
                while left != 0, let found = text.firstIndex(of: old, from: i) {
                    machine.out.append(text.slice(i, found))
                    machine.out.append(new)
                    i = found + old.count
                    left -= 1
                }
            }
            machine.out.append(text.dropFirst(i))
        }
    }

    mutating func striptagsFilter(_ value: Value) throws(Fault) -> Value {
        let text = try softText(value).text
        let stripped = try build { machine in
            // Comments first, then tags; what is not closed stays.
            var i = 0
            while i < text.count {
                if text[i] == UInt8(ascii: "<") {
                    let isComment = text.dropFirst(i).hasPrefix(Text("<!--"))
                    let end =
                        isComment
                        ? text.firstIndex(of: Text("-->"), from: i).map { $0 + 2 }
                        : text.firstIndex(of: UInt8(ascii: ">"), from: i)
                    if let end {
                        i = end + 1
                        continue
                    }
                }
                machine.out.append(text[i])
                i += 1
            }
        }
        let spaced = try build { machine in
            var isFirst = true
            for word in stripped.text.words() {
                if !isFirst { machine.out.append(UInt8(ascii: " ")) }
                machine.out.append(word)
                isFirst = false
            }
        }
        return try build { machine in HTMLEntities.unescape(spaced.text, to: &machine.out) }
    }

    mutating func fileSizeFilter(_ value: Value, _ binary: Value) throws(Fault) -> Value {
        let isBinary = try flag(binary, default: false)
        let base = isBinary ? 1024.0 : 1000.0
        let number = try floatFilter(value, .none)
        guard number.tag == .float else {
            throw fault(.value, "a file size must be a number")
        }
        let bytes = number.float
        return try build { machine in
            if bytes == 1 { return machine.out.append("1 Byte") }
            if bytes < base {
                if let whole = Int(exactly: bytes.rounded(.towardZero)) {
                    Decimal.append(whole, to: &machine.out)
                }
                return machine.out.append(" Bytes")
            }
            let names: [StaticString] =
                isBinary
                ? [" KiB", " MiB", " GiB", " TiB", " PiB", " EiB", " ZiB", " YiB"]
                : [" kB", " MB", " GB", " TB", " PB", " EB", " ZB", " YB"]
            var unit = base
            for (i, name) in names.enumerated() {
                unit *= base
                if bytes < unit || i == names.count - 1 {
                    FloatFormat.appendFixed(base * bytes / unit, decimals: 1, to: &machine.out)
                    return machine.out.append(name)
                }
            }
        }
    }

    mutating func pprintFilter(_ value: Value) throws(Fault) -> Value {
        return try build { machine throws(Fault) in try machine.writePretty(value, 0, 0) }
    }
}
