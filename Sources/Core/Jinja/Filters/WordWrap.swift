/// Breaks a line of text at words, as Python's `textwrap` does.
struct WordWrap {
    let width: Int
    let breaksLongWords: Bool
    let breaksAtHyphens: Bool

    /// The lines of one line of text.
    func wrap(_ line: [Unicode.Scalar]) -> [ArraySlice<Unicode.Scalar>] {
        var chunks: [ArraySlice<Unicode.Scalar>] = Array(self.chunks(of: line).reversed())
        var lines: [ArraySlice<Unicode.Scalar>] = []
        while let next = chunks.last {
            if isBlank(next) && !lines.isEmpty {
                chunks.removeLast()
                if chunks.isEmpty { break }
            }
            var taken: [ArraySlice<Unicode.Scalar>] = []
            var length = 0
            while let chunk = chunks.last, length + chunk.count <= width {
                taken.append(chunks.removeLast())
                length += chunk.count
            }
            if let chunk = chunks.last, chunk.count > width {
                breakLong(&chunks, &taken, length)
            }
            if let last = taken.last, isBlank(last) { taken.removeLast() }
            // The chunks of a line lie side by side.
            if let first = taken.first, let last = taken.last {
                lines.append(line[first.startIndex..<last.endIndex])
            }
        }
        return lines
    }

    private func breakLong(
        _ chunks: inout [ArraySlice<Unicode.Scalar>], _ taken: inout [ArraySlice<Unicode.Scalar>],
        _ length: Int
    ) {
        guard let chunk = chunks.last else { return }
        if breaksLongWords {
            let room = width - length
            var end = room
            if breaksAtHyphens && chunk.count > room {
                let part = chunk.prefix(room)
                if let hyphen = part.lastIndex(of: "-"), hyphen > chunk.startIndex,
                    chunk[..<hyphen].contains(where: { $0 != "-" })
                {
                    end = hyphen - chunk.startIndex + 1
                }
            }
            if end > 0 { taken.append(chunk.prefix(end)) }
            chunks[chunks.count - 1] = chunk.dropFirst(end)
        } else if taken.isEmpty {
            taken.append(chunks.removeLast())
        }
    }

    private func isBlank(_ chunk: ArraySlice<Unicode.Scalar>) -> Bool {
        chunk.allSatisfy { UnicodeTables.isSpace($0.value) }
    }

    // MARK: Chunks

    private func isSpace(_ c: Unicode.Scalar) -> Bool {
        c == " " || (c.value >= 0x09 && c.value <= 0x0D)
    }

    private func isWord(_ c: Unicode.Scalar) -> Bool {
        c == "_" || UnicodeTables.isAlphanumeric(c.value)
    }

    private func isLetter(_ c: Unicode.Scalar) -> Bool {
        isWord(c) && !UnicodeTables.isDecimal(c.value)
    }

    private func isWordOrMark(_ c: Unicode.Scalar) -> Bool {
        isWord(c) || c == "!" || c == "\"" || c == "'" || c == "&" || c == "." || c == ","
            || c == "?"
    }

    /// Words with the hyphens behind them, white space and dashes, each on its own.
    private func chunks(of line: [Unicode.Scalar]) -> [ArraySlice<Unicode.Scalar>] {
        var chunks: [ArraySlice<Unicode.Scalar>] = []
        var i = 0
        while i < line.count {
            let end = chunkEnd(line, i)
            chunks.append(line[i..<end])
            i = end
        }
        return chunks
    }

    private func dashes(_ line: [Unicode.Scalar], _ start: Int) -> Int? {
        var end = start
        while end < line.count && line[end] == "-" { end += 1 }
        return end - start >= 2 && end < line.count && isWord(line[end]) ? end : nil
    }

    private func chunkEnd(_ line: [Unicode.Scalar], _ start: Int) -> Int {
        if isSpace(line[start]) {
            var end = start
            while end < line.count && isSpace(line[end]) { end += 1 }
            return end
        }
        guard breaksAtHyphens else {
            var end = start
            while end < line.count && !isSpace(line[end]) { end += 1 }
            return end
        }
        if start > 0 && isWordOrMark(line[start - 1]), let end = dashes(line, start) { return end }
        var j = start + 1
        while true {
            if j < line.count && line[j] == "-" && endsAtHyphen(line, j) { return j + 1 }
            if j >= line.count || isSpace(line[j]) { return j }
            if isWordOrMark(line[j - 1]) && dashes(line, j) != nil { return j }
            j += 1
        }
    }

    /// Whether a word may be broken behind the hyphen at `j`.
    private func endsAtHyphen(_ line: [Unicode.Scalar], _ j: Int) -> Bool {
        let twoLetters = j >= 2 && isLetter(line[j - 1]) && isLetter(line[j - 2])
        let letterAndHyphen =
            j >= 3 && isLetter(line[j - 3]) && line[j - 2] == "-" && isWordOrMark(line[j - 1])
        let letterBefore =
            j >= 2 && line[j - 2] == "-" && isWordOrMark(line[j - 1]) && j >= 3
            && isLetter(line[j - 3])
        guard twoLetters || letterAndHyphen || letterBefore else { return false }
        guard j + 1 < line.count, isLetter(line[j + 1]) else { return false }
        var k = j + 2
        if k < line.count && line[k] == "-" { k += 1 }
        return k < line.count && isLetter(line[k])
    }
}

extension Machine {
    mutating func wordwrapFilter(
        _ value: Value, _ arguments: CallArguments
    ) throws(Fault) -> Value {
        let width = try integer(arguments[0], default: 79, "width")
        let breaksLongWords = try flag(arguments[1], default: true)
        var separator = Text("\n")
        if arguments[2].isString { separator = arguments[2].text }
        let breaksAtHyphens = try flag(arguments[3], default: true)
        guard value.isString else {
            if value.tag == .undefined { throw undefinedFault(value) }
            throw fault(.attribute, "only a string can be wrapped, not \(typeName(value))")
        }
        let text = value.text
        try spend(text.count)
        guard width > 0 else {
            if text.isEmpty { return value }
            throw fault(.value, "'width' must be positive")
        }
        let wrap = WordWrap(
            width: width, breaksLongWords: breaksLongWords, breaksAtHyphens: breaksAtHyphens)
        return try build { machine throws(Fault) in
            for (i, range) in text.lineRanges(keepsEnds: false).enumerated() {
                if i > 0 { machine.out.append(separator) }
                let line = text.slice(range.lowerBound, range.upperBound).string
                for (k, part) in wrap.wrap(Array(line.unicodeScalars)).enumerated() {
                    if k > 0 { machine.out.append(separator) }
                    for scalar in part { UTF8Encoding.append(scalar.value, to: &machine.out) }
                    try machine.checkOutputOfBuild()
                }
            }
        }
    }
}
