import Jinja
import SendPlans

/// Answers conformance cases of the template language, one at a time.
struct ConformanceRunner: ~Copyable {
    private var machine = Machine()

    /// The answer to a case, both as a line of JSON.
    mutating func answer(_ line: String) -> String {
        var answer = ByteBuffer()
        guard let document = JSONDocument(Array(line.utf8)), document.isObject else {
            return #"{"id": null, "error": "runtime", "message": "a case is a JSON object"}"#
        }
        answer.append("{\"id\": ")
        answer.appendJSON(document.string("id") ?? "")
        run(document, &answer)
        answer.append("}")
        return answer.string
    }

    private static func options(_ document: JSONDocument) -> TemplateOptions {
        var options = TemplateOptions()
        guard let given = document.document("options") else { return options }
        options.autoescape = given.field("autoescape").kind == .true
        options.trimBlocks = given.field("trim_blocks").kind == .true
        options.lstripBlocks = given.field("lstrip_blocks").kind == .true
        options.keepTrailingNewline = given.field("keep_trailing_newline").kind == .true
        options.isImmutable = given.field("immutable").kind == .true
        switch given.string("undefined") {
        case "strict": options.undefined = .strict
        case "chainable": options.undefined = .chainable
        default: options.undefined = .standard
        }
        let extensions = given.strings("extensions")
        options.allowsDo = extensions.contains("do")
        options.allowsLoopControls = extensions.contains("loopcontrols")
        return options
    }

    private mutating func run(_ document: JSONDocument, _ answer: inout ByteBuffer) {
        let options = Self.options(document)
        var broken: [String: TemplateError] = [:]
        var others: [ParsedTemplate] = []
        if let templates = document.document("templates") {
            for name in templates.fieldNames {
                do throws(TemplateError) {
                    others.append(
                        try Template.parse(
                            templates.string(name) ?? "", name: name, options: options))
                } catch {
                    broken[name] = error
                }
            }
        }
        do throws(TemplateError) {
            let parsed = try Template.parse(
                document.string("template") ?? "", name: "<template>", options: options)
            let context = document.document("context")
            let names = context?.fieldNames ?? []
            let template = try parsed.bind(layout: VariableLayout(slots: names), others: others)
            var output = ByteBuffer()
            let slots = names.map { context?.field($0) ?? .missing } + [.missing]
            let failure = unsafe slots.withUnsafeBufferPointer { slots in
                unsafe machine.render(
                    template, slots: slots.baseAddress.unsafelyUnwrapped, into: &output)
            }
            if let failure {
                if failure.code == .notFound,
                    let error = broken.first(where: { failure.message.contains("'\($0.key)'") })
                {
                    return Self.append(error.value, &answer)
                }
                answer.append(", \"error\": ")
                answer.appendJSON(failure.code.exceptionName)
                answer.append(", \"message\": ")
                answer.appendJSON(failure.description)
                if failure.line > 0 { answer.append(", \"line\": \(failure.line)") }
                return
            }
            answer.append(", \"output\": ")
            answer.appendJSON(output.string)
        } catch {
            Self.append(error, &answer)
        }
    }

    private static func append(_ error: TemplateError, _ answer: inout ByteBuffer) {
        answer.append(", \"error\": ")
        let isAssertion = error.first.kind == .assertion
        answer.appendJSON(isAssertion ? "TemplateAssertionError" : "TemplateSyntaxError")
        answer.append(", \"message\": ")
        answer.appendJSON(error.description)
        answer.append(", \"line\": \(error.first.line)")
    }
}
