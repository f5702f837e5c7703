/// Finds addresses in words and makes links of them, for `urlize`.
///
/// The words are already escaped for HTML.
struct URLLinks {
    let limit: Int?
    let attributes: String
    let schemes: [String]

    static func isScheme(_ text: String) -> Bool {
        guard text.hasSuffix(":") || text.hasSuffix("://") || text.contains("+") || text.count > 1,
            let colon = text.firstIndex(of: ":")
        else { return false }
        let rest = text[text.index(after: colon)...]
        let name = text[..<colon]
        return name.utf8.count >= 1
            && name.utf8.allSatisfy {
                UnicodeTables.isWordByte($0) || $0 == 0x2B || $0 == 0x2D || $0 == 0x2E
            }
            && rest.utf8.allSatisfy { $0 == 0x2F } && rest.count <= 2
    }

    /// A word with what is an address in it as a link.
    func link(_ word: String) -> String {
        var middle = Substring(word)
        var head = ""
        while true {
            if middle.hasPrefix("(") || middle.hasPrefix("<") {
                head.append(middle.removeFirst())
            } else if middle.hasPrefix("&lt;") {
                head += "&lt;"
                middle = middle.dropFirst(4)
            } else {
                break
            }
        }
        var tail = ""
        while true {
            if let last = middle.last, last == ")" || last == ">" || last == "." || last == "," {
                tail = String(last) + tail
                middle.removeLast()
            } else if middle.hasSuffix("&gt;") {
                tail = "&gt;" + tail
                middle = middle.dropLast(4)
            } else {
                break
            }
        }
        for (open, close) in [("(", ")"), ("<", ">"), ("&lt;", "&gt;")] {
            let opened = count(open, in: middle)
            guard opened > count(close, in: middle) else { continue }
            for _ in 0..<min(opened, count(close, in: tail[...])) {
                guard let end = end(of: close, in: tail) else { break }
                middle = Substring(middle + tail[..<end])
                tail = String(tail[end...])
            }
        }
        return head + linked(String(middle)) + tail
    }

    private func count(_ needle: String, in text: Substring) -> Int {
        var n = 0
        var rest = text
        while let end = end(of: needle, in: String(rest)) {
            n += 1
            rest = rest.dropFirst(String(rest)[..<end].count)
        }
        return n
    }

    /// The index behind the first occurrence.
    private func end(of needle: String, in text: String) -> String.Index? {
        var i = text.startIndex
        while i < text.endIndex {
            if text[i...].hasPrefix(needle) { return text.index(i, offsetBy: needle.count) }
            i = text.index(after: i)
        }
        return nil
    }

    private func linked(_ word: String) -> String {
        if isWebAddress(Array(word.utf8)) {
            let target =
                word.hasPrefix("https://") || word.hasPrefix("http://") ? word : "https://" + word
            return "<a href=\"\(target)\"\(attributes)>\(shortened(word))</a>"
        }
        if word.hasPrefix("mailto:") && isMailAddress(String(word.dropFirst(7))) {
            return "<a href=\"\(word)\">\(word.dropFirst(7))</a>"
        }
        if word.contains("@") && !word.hasPrefix("www.") && !word.hasPrefix("@")
            && !word.contains(":") && isMailAddress(word)
        {
            return "<a href=\"mailto:\(word)\">\(word)</a>"
        }
        for scheme in schemes where word != scheme && word.hasPrefix(scheme) {
            return "<a href=\"\(word)\"\(attributes)>\(word)</a>"
        }
        return word
    }

    private func shortened(_ word: String) -> String {
        guard let limit, word.unicodeScalars.count > limit else { return word }
        return String(String.UnicodeScalarView(word.unicodeScalars.prefix(limit))) + "..."
    }

    // MARK: Addresses

    private func isLetter(_ c: UInt8) -> Bool { c | 0x20 >= 0x61 && c | 0x20 <= 0x7A }
    private func isDigit(_ c: UInt8) -> Bool { c >= 0x30 && c <= 0x39 }
    private func isHost(_ c: UInt8) -> Bool {
        UnicodeTables.isWordByte(c) || c == 0x25 || c == 0x2D || c >= 0x80
    }

    private func isWebAddress(_ word: [UInt8]) -> Bool {
        let text = String(decoding: word, as: UTF8.self).lowercased()
        var start = 0
        var hasScheme = false
        var isURL = false
        for prefix in ["http://", "https://", "www."] where text.hasPrefix(prefix) {
            start = prefix.utf8.count
            hasScheme = true
            isURL = prefix != "www."
        }
        // The host ends at a port, a path, a query or a fragment.
        var end = start
        while end < word.count && (isHost(word[end]) || word[end] == 0x2E) { end += 1 }
        let labels = word[start..<end].split(separator: 0x2E, omittingEmptySubsequences: false)
        guard isRest(word[end...]), !labels.isEmpty, !labels.contains(where: \.isEmpty) else {
            return isURL && isSixAddress(word, start)
        }
        let last = labels[labels.count - 1]
        if isURL && labels.count == 4
            && labels.allSatisfy({ $0.count <= 3 && $0.allSatisfy(isDigit) })
        {
            return true
        }
        if hasScheme {
            let isWord = last.count >= 2 && last.count <= 63 && last.allSatisfy(isLetter)
            return isWord || String(decoding: last, as: UTF8.self).lowercased().hasPrefix("xn--")
        }
        let known: Set<String> = ["com", "net", "int", "edu", "gov", "org", "info", "mil"]
        return labels.count >= 2 && labels.dropLast().allSatisfy { $0.count >= 2 && $0.count <= 63 }
            && known.contains(String(decoding: last, as: UTF8.self).lowercased())
    }

    private func isSixAddress(_ word: [UInt8], _ start: Int) -> Bool {
        guard start < word.count, word[start] == 0x5B,
            let end = word[start...].firstIndex(of: 0x5D)
        else { return false }
        let inside = word[(start + 1)..<end]
        let isHex = inside.allSatisfy {
            isDigit($0) || $0 == 0x3A || ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x66)
        }
        return isHex && inside.count { $0 == 0x3A } >= 2 && isRest(word[(end + 1)...])
    }

    /// A port, then anything behind a slash, a question mark or a number sign.
    private func isRest(_ rest: ArraySlice<UInt8>) -> Bool {
        var rest = rest
        if rest.first == 0x3A {
            let digits = rest.dropFirst().prefix { isDigit($0) }
            guard (1...5).contains(digits.count) else { return false }
            rest = rest.dropFirst(1 + digits.count)
        }
        guard let first = rest.first else { return true }
        return first == 0x2F || first == 0x3F || first == 0x23
    }

    private func isMailAddress(_ word: String) -> Bool {
        guard let at = word.lastIndex(of: "@"), at > word.startIndex else { return false }
        let host = word[word.index(after: at)...]
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 2, let first = host.unicodeScalars.first, first != "-", first != ".",
            let last = labels.last, !last.isEmpty
        else { return false }
        let isWord = { (c: Unicode.Scalar) in c == "_" || UnicodeTables.isAlphanumeric(c.value) }
        return host.unicodeScalars.allSatisfy { isWord($0) || $0 == "-" || $0 == "." }
            && last.unicodeScalars.allSatisfy(isWord)
    }
}
