/// A text file of the repository, read once and split into lines.
struct SourceFile: Sendable {
    /// The path from the root of the repository.
    let path: String

    /// The lines without their line ends; a final line end makes no empty last line.
    let lines: [Substring]

    /// Splits `text` into lines.
    init(path: String, text: String) {
        self.path = path
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        self.lines = lines
    }

    /// The lines with their numbers, counted from 1.
    var numberedLines: [(number: Int, text: Substring)] {
        lines.enumerated().map { (number: $0.offset + 1, text: $0.element) }
    }

    /// Whether the file is Swift source.
    var isSwift: Bool { path.hasSuffix(".swift") }

    /// Whether the path lies in `folder`, which is given without a final slash.
    func isInside(_ folder: String) -> Bool { path.hasPrefix(folder + "/") }

    /// The target that the file belongs to: the third component of a path in `Sources`, below the
    /// folder of its plane; else nil.
    var sourceTarget: String? {
        let components = path.split(separator: "/")
        guard components.count > 3, components[0] == "Sources" else { return nil }
        return String(components[2])
    }
}

/// Something that a rule found, in the form that editors and terminals turn into a link.
struct Violation: CustomStringConvertible {
    /// The path from the root of the repository.
    let path: String

    /// The line, counted from 1.
    let line: Int

    /// What is wrong with it.
    let message: String

    var description: String { "\(path):\(line): \(message)" }
}
