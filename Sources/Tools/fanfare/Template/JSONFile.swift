import Jinja

/// Reads JSON files that options name.
enum JSONFile {
    /// A file that holds one JSON object.
    ///
    /// - Throws: `CommandFailure` naming the option, the path, and the place of a mistake.
    static func object(_ path: String, option: String) throws -> JSONDocument {
        let text = try InputFile.text(
            path, option: option, bytesMax: CommandLimits.templateBytesMax)
        let bytes = Array(text.utf8)
        guard let document = JSONDocument(bytes) else {
            throw CommandFailure.usage("\(option): \(path)\(place(bytes)): this is not JSON")
        }
        guard document.isObject else {
            throw CommandFailure.usage("\(option): \(path): expected a JSON object")
        }
        return document
    }

    /// Line and column of the first mistake, in bytes.
    private static func place(_ bytes: [UInt8]) -> String {
        guard let offset = JSONDocument.firstMistake(in: bytes) else { return "" }
        let before = bytes[..<offset]
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        return ":\(line):\(offset - start + 1)"
    }
}
