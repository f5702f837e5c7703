import Control
import ControlDirectory
import Glibc
import JSON
import Logging

/// Writes the log to standard error, an entry a line.
///
/// | format | line |
/// |---|---|
/// | text | `2026-11-21T17:24:21.938Z info fanfare: listening port=8080` |
/// | json | `{"time":…,"level":"info","label":"fanfare","message":"listening","metadata":{…}}` |
///
/// Whatever is logged cannot make a line look like two, or like another entry's.
struct LineLogHandler: LogHandler {
    let label: String
    let format: LogFormat
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(label: String, format: LogFormat, level: Logger.Level) {
        self.label = label
        self.format = format
        logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields = metadata
        if let provided = metadataProvider?.get() {
            fields.merge(provided) { _, new in new }
        }
        if let more = event.metadata { fields.merge(more) { _, new in new } }
        if let error = event.error { fields["error"] = "\(error)" }
        let line =
            switch format {
            case .text: text(event, fields)
            case .json: json(event, fields)
            }
        // One call, so that lines of several threads do not mix.
        Terminal.write(line + "\n", to: STDERR_FILENO)
    }

    private func text(_ event: LogEvent, _ fields: Logger.Metadata) -> String {
        var line = "\(WallClock.system.now.rfc3339) \(event.level) \(label): "
        line += Self.singleLine("\(event.message)")
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            let text = "\(value)"
            let isPlain = !text.isEmpty && !text.contains { $0.isWhitespace || "\"=".contains($0) }
            line += " \(name)=" + (isPlain ? text : JSONValue.string(text).encoded)
        }
        return line
    }

    private static func singleLine(_ text: String) -> String {
        let isPlain = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
        return isPlain ? text : JSONValue.string(text).encoded
    }

    private func json(_ event: LogEvent, _ fields: Logger.Metadata) -> String {
        var entry: [String: JSONValue] = [
            "time": .string(WallClock.system.now.rfc3339), "level": .string(event.level.rawValue),
            "label": .string(label), "message": .string("\(event.message)"),
        ]
        if !fields.isEmpty { entry["metadata"] = .object(fields.mapValues(Self.json)) }
        return JSONValue.object(entry).encoded
    }

    private static func json(_ value: Logger.Metadata.Value) -> JSONValue {
        switch value {
        case .string(let text): .string(text)
        case .stringConvertible(let value): .string("\(value)")
        case .array(let items): .array(items.map(json))
        case .dictionary(let fields): .object(fields.mapValues(json))
        @unknown default: .string("\(value)")
        }
    }
}
