extension Text {
    /// The text without white space at its ends.
    func trimmed(left: Bool, right: Bool) -> Text {
        var start = 0
        var end = count
        while left && start < end {
            let (scalar, next) = self.scalar(at: start)
            guard UnicodeTables.isSpace(scalar) else { break }
            start = next
        }
        while right && end > start {
            let before = previous(end)
            guard UnicodeTables.isSpace(scalar(at: before).value) else { break }
            end = before
        }
        return slice(start, end)
    }

    /// The text without any of the characters of a set at its ends.
    func trimmed(_ characters: Text, left: Bool, right: Bool) -> Text {
        var start = 0
        var end = count
        while left && start < end {
            let next = scalar(at: start).next
            guard characters.firstIndex(of: slice(start, next)) != nil else { break }
            start = next
        }
        while right && end > start {
            let before = previous(end)
            guard characters.firstIndex(of: slice(before, end)) != nil else { break }
            end = before
        }
        return slice(start, end)
    }

    /// The runs between white space.
    func words() -> [Text] {
        var words: [Text] = []
        var start: Int?
        var i = 0
        while i < count {
            let (scalar, next) = self.scalar(at: i)
            if UnicodeTables.isSpace(scalar) {
                if let begin = start { words.append(slice(begin, i)) }
                start = nil
            } else if start == nil {
                start = i
            }
            i = next
        }
        if let begin = start { words.append(slice(begin, count)) }
        return words
    }

    /// The lines as `str.splitlines` cuts them.
    ///
    /// `withTrailingNewline` cuts as if one more line end followed, so that a last empty line
    /// counts.
    func lineRanges(keepsEnds: Bool, withTrailingNewline: Bool = false) -> [Range<Int>] {
        var lines: [Range<Int>] = []
        var start = 0
        var i = 0
        while i < count {
            let (scalar, next) = self.scalar(at: i)
            guard Text.isLineEnd(scalar) else {
                i = next
                continue
            }
            var end = next
            if scalar == 0x0D && end < count && self[end] == 0x0A { end += 1 }
            lines.append(start..<(keepsEnds ? end : i))
            start = end
            i = end
        }
        if start < count || withTrailingNewline { lines.append(start..<count) }
        return lines
    }

    private static func isLineEnd(_ c: UInt32) -> Bool {
        (c >= 0x0A && c <= 0x0D) || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028
            || c == 0x2029
    }
}
