import Foundation
import Jinja
import Testing

/// Every template of `Expectations` against what Jinja2 made of it.
///
/// The files are made by `Expectations/generate.py`; differences that are meant are listed here,
/// each with its reason, and in the module's `Differences.md`.
@Suite("Jinja2's own answers")
struct ExpectationTests {
    /// Templates that are to answer otherwise than Jinja2.
    static let differences = [
        "{{ neg ** g }}": "there are no complex numbers"
    ]

    /// The kinds of failures that count as the same: the finer name is Python's business.
    static func kind(_ exception: String) -> String {
        switch exception {
        case "TemplateSyntaxError", "TemplateAssertionError": "syntax"
        case "UndefinedError": "undefined"
        case "SecurityError": "security"
        case "TemplateNotFound", "TemplatesNotFound": "notfound"
        default: "runtime"
        }
    }

    static func folder() -> URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Expectations")
    }

    static func options(_ given: JSONDocument?) -> TemplateOptions {
        var options = TemplateOptions()
        guard let given else { return options }
        options.autoescape = given.field("autoescape").kind == .true
        options.trimBlocks = given.field("trim_blocks").kind == .true
        options.lstripBlocks = given.field("lstrip_blocks").kind == .true
        options.isImmutable = given.field("immutable").kind == .true
        switch given.string("undefined") {
        case "strict": options.undefined = .strict
        case "chainable": options.undefined = .chainable
        default: options.undefined = .standard
        }
        return options
    }

    @Test("Each template of the list renders, or fails, as in Jinja2")
    func answersAsJinja2() throws {
        let fixed = try Data(contentsOf: Self.folder().appendingPathComponent("context.json"))
        let world = try #require(JSONDocument(Array(fixed)))
        let context = try #require(world.document("context"))
        let loader = try #require(world.document("templates"))
        let names = context.fieldNames
        let slots = names.map { context.field($0) }
        let lines = try String(
            contentsOf: Self.folder().appendingPathComponent("expectations.jsonl"),
            encoding: .utf8)
        var machine = Machine()
        var count = 0
        for line in lines.split(separator: "\n") {
            let document = try #require(JSONDocument(Array(line.utf8)))
            let source = document.string("template") ?? ""
            let options = Self.options(document.document("options"))
            let answer = try answer(source, options, loader, names, slots, &machine)
            count += 1
            if Self.differences[source] != nil { continue }
            if let output = document.string("output") {
                #expect(answer == output, "\(source)")
            } else {
                let exception = document.string("error") ?? ""
                // Where Python complains about a type, saying that it is undefined helps more.
                let isClearer = answer == "error: undefined" && Self.kind(exception) == "runtime"
                #expect(isClearer || answer == "error: " + Self.kind(exception), "\(source)")
            }
        }
        #expect(count > 4000)
    }

    private func answer(
        _ source: String, _ options: TemplateOptions, _ loader: JSONDocument, _ names: [String],
        _ slots: [SlotValue], _ machine: inout Machine
    ) throws -> String {
        let parsed: ParsedTemplate
        do throws(TemplateError) {
            parsed = try Template.parse(source, name: "main", options: options)
        } catch {
            return "error: syntax"
        }
        let others = try loader.fieldNames.map {
            try Template.parse(loader.string($0) ?? "", name: $0, options: options)
        }
        let template = try parsed.bind(layout: VariableLayout(slots: names), others: others)
        var out = ByteBuffer()
        let failure = unsafe slots.withUnsafeBufferPointer { slots in
            unsafe machine.render(template, slots: slots.baseAddress!, into: &out)
        }
        guard let failure else { return out.string }
        return "error: " + Self.kind(failure.code.exceptionName)
    }
}
