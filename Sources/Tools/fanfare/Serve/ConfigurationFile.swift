import Configuration
import Foundation
import JSON
import TOMLKit
import Yams

/// A file of options: one level of keys with single values, as TOML, YAML or JSON.
struct ConfigurationFile {
    /// The value of a key as an option would be given on the command line.
    struct Entry {
        var key: String
        /// Nil for what is no single value.
        var text: String?
        /// Counted from 1; nil where the format's reader does not say.
        var line: Int?
    }

    let path: String
    let entries: [Entry]

    /// Reads a file whose format is told by the end of its name.
    ///
    /// - Throws: `CommandFailure` with the path, and with the line where the reader says it.
    init(_ path: String) throws {
        self.path = path
        let name = path.lowercased()
        let reader: (String, String) throws -> [Entry]
        if name.hasSuffix(".toml") {
            reader = Self.readTOML
        } else if name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
            reader = Self.readYAML
        } else if name.hasSuffix(".json") {
            reader = Self.readJSON
        } else {
            throw CommandFailure.usage(
                "--config: \(path): expected a name that ends in .toml, .yaml, .yml or .json")
        }
        let text = try InputFile.text(
            path, option: "--config", bytesMax: CommandLimits.configurationBytesMax)
        entries = try reader(text, path)
    }

    /// Where an entry stands, for a message.
    func place(_ entry: Entry) -> String {
        entry.line.map { "\(path):\($0)" } ?? path
    }

    /// The entries for lookups.
    var provider: InMemoryProvider {
        let values = entries.compactMap { entry in
            entry.text.map { text in
                (AbsoluteConfigKey([entry.key]), ConfigValue(.string(text), isSecret: false))
            }
        }
        return InMemoryProvider(name: path, values: Dictionary(values) { _, last in last })
    }

    private static func readTOML(_ text: String, _ path: String) throws -> [Entry] {
        do {
            let table = try TOMLTable(string: text)
            return table.keys.map { key in
                Entry(key: key, text: table[key].flatMap { Self.text($0) }, line: nil)
            }
        } catch let error as TOMLParseError {
            throw CommandFailure.usage("\(path):\(error.source.begin.line): \(error.description)")
        }
    }

    private static func text(_ value: any TOMLValueConvertible) -> String? {
        switch value.type {
        case .string: value.string
        case .int: value.int.map { "\($0)" }
        case .double: value.double.map { "\($0)" }
        case .bool: value.bool.map { "\($0)" }
        default: nil
        }
    }

    private static func readYAML(_ text: String, _ path: String) throws -> [Entry] {
        let root: Node?
        do {
            root = try compose(yaml: text)
        } catch let error as YamlError {
            switch error {
            case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
                .composer(_, let problem, let mark, _):
                throw CommandFailure.usage("\(path):\(mark.line): \(problem)")
            case .duplicatedKeysInMapping(let keys, let context):
                throw CommandFailure.usage(
                    "\(path):\(context.mark.line): given twice: \(keys.joined(separator: ", "))")
            default: throw CommandFailure.usage("\(path): not valid YAML: \(error)")
            }
        }
        guard let root else { return [] }
        guard let mapping = root.mapping else {
            throw CommandFailure.usage("\(path): expected keys and values")
        }
        return mapping.map { key, value in
            Entry(key: key.string ?? "", text: value.scalar?.string, line: key.mark?.line)
        }
    }

    private static func readJSON(_ text: String, _ path: String) throws -> [Entry] {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: text)
        } catch {
            throw CommandFailure.usage("\(path):\(error.line): \(error)")
        }
        guard let fields = value.object else {
            throw CommandFailure.usage("\(path): expected an object of keys and values")
        }
        return fields.sorted { $0.key < $1.key }.map { key, value in
            Entry(key: key, text: Self.text(value), line: nil)
        }
    }

    private static func text(_ value: JSONValue) -> String? {
        switch value {
        case .string(let text): text
        case .integer, .number, .bool: value.encoded
        case .null, .array, .object: nil
        }
    }
}
