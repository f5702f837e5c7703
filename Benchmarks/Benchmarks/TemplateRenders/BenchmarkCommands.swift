import Foundation
import Jinja

/// Answers commands with one machine and one buffer, as a thread of the product has them.
struct BenchmarkCommands: ~Copyable {
    private let templates: [String: BenchmarkTemplate]
    private var machine = Machine()
    private var buffer = ByteBuffer(capacity: 1 << 16)

    /// Reads the templates of a file and compiles each once.
    init(templates path: String) throws(BenchmarkFailure) {
        guard let file = FileManager.default.contents(atPath: path),
            let list = JSONDocument(Array(file))?.document("benches")
        else { throw .file(path) }
        var templates: [String: BenchmarkTemplate] = [:]
        for entry in list.items {
            guard let template = try BenchmarkTemplate(entry) else { throw .file(path) }
            templates[template.key] = template
        }
        self.templates = templates
    }

    /// The bytes of the answer to one line.
    mutating func answer(_ line: String) throws(BenchmarkFailure) -> [UInt8] {
        let words = line.split(separator: " ")
        guard words.count >= 2, let template = templates[String(words[1])] else {
            throw .command(line)
        }
        let seconds = words.count == 3 ? Double(words[2]) : nil
        switch (words[0], seconds) {
        case ("compile", let seconds?):
            let best = try template.compile(for: .seconds(seconds))
            return Array("{\"compile_us\":\(best.microseconds)}\n".utf8)
        case ("outputs", nil):
            let outputs = try template.outputs(&machine, &buffer)
            return Array("{\"bytes\":\(outputs.count)}\n".utf8) + outputs
        case ("render", let seconds?):
            let rate = try template.render(for: .seconds(seconds), &machine, &buffer)
            return Array(rate.json.utf8)
        default:
            throw .command(line)
        }
    }
}
