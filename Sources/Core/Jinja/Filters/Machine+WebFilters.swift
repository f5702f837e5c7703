extension Machine {
    // MARK: urlencode

    mutating func urlencodeFilter(_ value: Value) throws(Fault) -> Value {
        switch value.tag {
        case .dict, .list, .tuple, .iterator, .view, .range:
            let items: ListObject
            if value.tag == .dict {
                items = try list(
                    of: DictObject(value).value(.view, aux: DictView.items.rawValue))
            } else {
                items = try list(of: value)
            }
            return try build { machine throws(Fault) in
                for i in 0..<items.count {
                    if i > 0 { machine.out.append(UInt8(ascii: "&")) }
                    let entry = try machine.list(of: items[i])
                    guard entry.count == 2 else {
                        throw machine.fault(.value, "urlencode needs a dict or a list of pairs")
                    }
                    try URLQuoting.append(
                        machine.text(of: entry[0]), isQuery: true, to: &machine.out)
                    machine.out.append(UInt8(ascii: "="))
                    try URLQuoting.append(
                        machine.text(of: entry[1]), isQuery: true, to: &machine.out)
                    try machine.checkOutputOfBuild()
                }
            }
        default:
            if value.tag == .undefined {
                if isStrict(value) { throw undefinedFault(value) }
                return .emptyString
            }
            let text = try self.text(of: value)
            try checkString(text.count * 3)
            return try build { machine in
                URLQuoting.append(text, isQuery: false, to: &machine.out)
            }
        }
    }

    // MARK: xmlattr

    mutating func xmlattrFilter(
        _ value: Value, _ autospace: Value, _ mode: UInt8
    ) throws(Fault) -> Value {
        let addsSpace = try flag(autospace, default: true)
        guard value.tag == .dict else {
            if value.tag == .undefined { throw undefinedFault(value) }
            throw fault(.attribute, "xmlattr needs a dict, not \(typeName(value))")
        }
        let dict = DictObject(value)
        return try build(isMarkup: isEscaping(mode)) { machine throws(Fault) in
            var isFirst = true
            for i in 0..<dict.count {
                let item = dict.value(i)
                if item.isNone || item.tag == .undefined { continue }
                let key = dict.key(i)
                guard key.isString else {
                    throw machine.fault(.type, "the name of an attribute must be a string")
                }
                for k in 0..<key.text.count {
                    let byte = key.text[k]
                    let isSpace = byte == 0x20 || (byte >= 0x09 && byte <= 0x0D)
                    if isSpace || byte == 0x2F || byte == 0x3E || byte == 0x3D {
                        throw machine.fault(
                            .value,
                            "the attribute name '\(key.text.string)' has an invalid character")
                    }
                }
                if !isFirst || addsSpace { machine.out.append(0x20) }
                isFirst = false
                machine.appendEscaped(key)
                machine.out.append("=\"")
                try machine.writeEscaped(item)
                machine.out.append("\"")
                try machine.checkOutputOfBuild()
            }
        }
    }

    // MARK: urlize

    mutating func urlizeFilter(
        _ value: Value, _ arguments: CallArguments, _ mode: UInt8
    ) throws(Fault) -> Value {
        var limit: Int?
        if !arguments[0].isAbsent && !arguments[0].isNone {
            limit = max(try integer(arguments[0], default: 0, "trim_url_limit"), 0)
        }
        let nofollow = try flag(arguments[1], default: false)
        var relations: Set<String> = ["noopener"]
        if arguments[3].isString {
            relations.formUnion(arguments[3].text.words().map(\.string))
        }
        if nofollow { relations.insert("nofollow") }
        var attributes = " rel=\"" + escapedString(relations.sorted().joined(separator: " ")) + "\""
        if arguments[2].isString && !arguments[2].text.isEmpty {
            attributes += " target=\"" + escapedString(arguments[2].text.string) + "\""
        }
        var schemes: [String] = []
        if !arguments[4].isAbsent && !arguments[4].isNone {
            let list = try self.list(of: arguments[4])
            for i in 0..<list.count {
                guard list[i].isString, URLLinks.isScheme(list[i].text.string) else {
                    throw fault(.value, "'extra_schemes' holds no scheme such as 'tel:'")
                }
                schemes.append(list[i].text.string)
            }
        }
        let text = try escaped(softText(value)).text
        try checkString(text.count * 4)
        let links = URLLinks(limit: limit, attributes: attributes, schemes: schemes)
        return try build(isMarkup: isEscaping(mode)) { machine throws(Fault) in
            var i = 0
            while i < text.count {
                let start = i
                let isSpace = UnicodeTables.isSpace(text.scalar(at: i).value)
                while i < text.count {
                    let (scalar, next) = text.scalar(at: i)
                    if UnicodeTables.isSpace(scalar) != isSpace { break }
                    i = next
                }
                let word = text.slice(start, i)
                if isSpace {
                    machine.out.append(word)
                } else {
                    machine.out.append(links.link(word.string))
                }
                try machine.checkOutputOfBuild()
            }
        }
    }

    private func escapedString(_ string: String) -> String {
        var out = ByteBuffer()
        var string = string
        string.withUTF8 { utf8 in
            guard let base = utf8.baseAddress else { return }
            unsafe HTMLEscaping.append(Text(base: base, count: utf8.count), to: &out)
        }
        return out.string
    }
}

/// Percent encoding as Python's `quote` does it.
enum URLQuoting {
    static func append(_ text: Text, isQuery: Bool, to out: inout ByteBuffer) {
        for i in 0..<text.count {
            let byte = text[i]
            let isPlain =
                UnicodeTables.isWordByte(byte) || byte == 0x2D || byte == 0x2E || byte == 0x7E
            if isPlain || (byte == 0x2F && !isQuery) {
                out.append(byte)
            } else if byte == 0x20 && isQuery {
                out.append(UInt8(ascii: "+"))
            } else {
                out.append(UInt8(ascii: "%"))
                for digit in [byte >> 4, byte & 0xF] {
                    out.append(digit < 10 ? digit + 0x30 : digit + 0x37)
                }
            }
        }
    }
}
