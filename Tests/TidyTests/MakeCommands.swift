/// Reads which `make` commands a page tells its reader to run, and which there are.
enum MakeCommands {
    /// The targets that `page` names in code blocks and code spans, with their lines.
    ///
    /// Prose is left alone: "make sure" is no command.
    static func named(in page: SourceFile) -> [(line: Int, target: String)] {
        var isInBlock = false
        return page.numberedLines.flatMap { number, text -> [(line: Int, target: String)] in
            if text.hasPrefix("```") {
                isInBlock.toggle()
                return []
            }
            let pieces = isInBlock ? [text] : codeSpans(of: text)
            return pieces.compactMap { target(of: $0) }.map { (line: number, target: $0) }
        }
    }

    /// The targets that `makefile` defines.
    static func defined(in makefile: SourceFile) -> Set<String> {
        Set(
            makefile.lines.compactMap { line -> String? in
                guard let first = line.first, first.isLetter, let colon = line.firstIndex(of: ":")
                else { return nil }
                let name = line[..<colon]
                return name.contains(where: { " =?$".contains($0) }) ? nil : String(name)
            })
    }

    private static func codeSpans(of line: Substring) -> [Substring] {
        let pieces = line.split(separator: "`", omittingEmptySubsequences: false)
        return pieces.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
    }

    private static func target(of command: Substring) -> String? {
        var words = command.split(separator: " ")[...]
        if words.first == "$" { words.removeFirst() }
        guard words.popFirst() == "make" else { return nil }
        return words.first { !$0.contains("=") && !$0.hasPrefix("-") && !$0.hasPrefix("#") }
            .map { String($0) }
    }
}
