import Jinja

/// One input of the fuzzer, and what has to hold whatever it says.
///
/// The first byte chooses the options by its lower six bits, so that a letter will do. Behind it
/// stand up to three parts with a zero byte between them: the template, the variables as a JSON
/// object, and the template that `include`, `import` and `extends` find as `other`. Where there is
/// no such object, `standardContext` stands in.
///
/// 1. A parse says the same both times, and each mistake has a line and a column.
/// 2. A render ends within its fuel and its bytes, the same both times.
/// 3. A message stands behind what the buffer held, is UTF-8 and, where it is to be one, the inside
///    of a JSON string. Without a message the buffer is as it was.
/// 4. A template that reads as a payload as well puts out JSON.
/// 5. The machine renders the next template as if nothing had been.
struct FuzzCase {
    static let fuel = 20_000
    static let outputBytes = 20_000

    private static let standardContext = Array(
        #"""
        {"s": "Hello World", "u": "Grüße Σίσυφος ß 🎉", "t": "  pad  ded ", "e": "", "n": 42,
        "neg": -7, "z": 0, "f": 3.14159, "big": 12345678901234567890, "yes": true, "nil": null,
        "l": [3, 1, 2], "m": ["b", "A", "c"], "d": {"x": 1, "y": "two", "z": [1, 2]},
        "users": [{"name": "Al", "age": 30}, {"name": "bo", "age": 25}], "html": "<b>&\"'</b>",
        "lines": "one\ntwo\n\nfour", "tree": [{"v": 1, "c": [{"v": 2, "c": []}]}]}
        """#.utf8)

    let options: TemplateOptions
    let source: [UInt8]
    let context: [UInt8]
    let other: [UInt8]

    init(_ bytes: [UInt8]) {
        let flags = bytes.first ?? 0
        var options = TemplateOptions()
        options.autoescape = flags & 1 != 0
        options.trimBlocks = flags & 2 != 0
        options.lstripBlocks = flags & 2 != 0
        options.undefined = TemplateOptions.Undefined(rawValue: flags >> 2 & 3) ?? .standard
        options.outputMode = flags & 16 != 0 ? .jsonString : .text
        options.isImmutable = flags & 32 != 0
        self.options = options
        let parts = bytes.dropFirst().split(
            separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
        source = Array(parts.first ?? [])
        context = parts.count > 1 ? Array(parts[1]) : []
        other = parts.count > 2 ? Array(parts[2]) : []
    }

    /// Runs the case on a machine that may have seen others.
    ///
    /// - Returns: What does not hold, or nil.
    func violation(on machine: inout Machine) -> String? {
        templateViolation(on: &machine) ?? payloadViolation(on: &machine)
    }

    private func payloadViolation(on machine: inout Machine) -> String? {
        guard source.contains(UInt8(ascii: "\"")) else { return nil }
        do throws(TemplateError) {
            let payload = try Template.parse(payload: source, name: "payload", options: options)
            return violation(of: payload, [], on: &machine, isPayload: true)
        } catch {
            return misplaced(error)
        }
    }

    private func templateViolation(on machine: inout Machine) -> String? {
        switch (parsed(source, "main"), parsed(source, "main")) {
        case (.failure(let first), .failure(let second)):
            let isSame = first.description == second.description
            return isSame ? misplaced(first) : "a template has different mistakes the second time"
        case (.success(let template), .success):
            var others: [ParsedTemplate] = []
            switch parsed(other, "other") {
            case .failure(let error):
                if let violation = misplaced(error) { return violation }
            case .success(let other): others.append(other)
            }
            return violation(of: template, others, on: &machine)
        default: return "a template is right only once"
        }
    }

    private func parsed(
        _ bytes: [UInt8], _ name: String
    ) -> Result<ParsedTemplate, TemplateError> {
        do throws(TemplateError) {
            return .success(try Template.parse(bytes, name: name, options: options))
        } catch {
            return .failure(error)
        }
    }

    private func misplaced(_ error: TemplateError) -> String? {
        if error.diagnostics.isEmpty { return "a template is refused without a reason" }
        if error.diagnostics.count > JinjaLimits.errorsReported {
            return "a template has more mistakes than are to be listed"
        }
        let isPlaced = error.diagnostics.allSatisfy { $0.line >= 1 && $0.column >= 1 }
        return isPlaced ? nil : "a mistake has no place: \(error)"
    }

    private func violation(
        of parsed: ParsedTemplate, _ others: [ParsedTemplate], on machine: inout Machine,
        isPayload: Bool = false
    ) -> String? {
        var bytes = context
        var world = JSONDocument(bytes)
        if world == nil {
            bytes = Self.standardContext
            world = JSONDocument(bytes)
        }
        guard let world else { return "the standard context is no JSON" }
        let names = world.fieldNames
        let template: Template
        do throws(TemplateError) {
            template = try parsed.bind(layout: Self.layout(names, bytes), others: others)
        } catch {
            return misplaced(error)
        }
        let violation = unsafe bytes.withUnsafeBytes { json in
            let slots = names.map { world.field($0) } + [unsafe SlotValue(json: json), .missing]
            return unsafe slots.withUnsafeBufferPointer { slots in
                unsafe renderTwice(
                    template, slots.baseAddress!, on: &machine, isPayload: isPayload)
            }
        }
        return withExtendedLifetime(world) { violation ?? Self.aftermath(on: &machine) }
    }

    /// The fields at top level and inside `receiver`, and the whole as text and as a constant.
    private static func layout(_ names: [String], _ bytes: [UInt8]) -> VariableLayout {
        var layout = VariableLayout(slots: names)
        layout.roots.append(.init("receiver", .object(layout.roots)))
        layout.roots.append(.init("raw", .slot(names.count)))
        layout.roots.append(.init("missing", .slot(names.count + 1)))
        layout.roots.append(.init("constant", .constant(bytes)))
        return layout
    }

    private func renderTwice(
        _ template: Template, _ slots: UnsafePointer<SlotValue>, on machine: inout Machine,
        isPayload: Bool
    ) -> String? {
        machine.fuelPerRender = Self.fuel
        machine.outputBytesPerRender = Self.outputBytes
        machine.reportsMissing = true
        var out = ByteBuffer()
        out.append("before")
        let first = unsafe machine.render(template, slots: slots, into: &out)
        let missing = machine.missing
        if first != nil && out.string != "before" { return "a failure left something behind" }
        var again = ByteBuffer(capacity: 4096)
        again.append("before")
        let second = unsafe machine.render(template, slots: slots, into: &again)
        guard first?.description == second?.description, out.string == again.string,
            missing == machine.missing
        else { return "two renders differ" }
        if let first { return misplaced(first) }
        return violation(of: out, isPayload: isPayload)
    }

    private func misplaced(_ failure: RenderFailure) -> String? {
        if failure.message.isEmpty { return "a failure says nothing" }
        let isPlaced = failure.line >= 1 && failure.column >= 1
        return isPlaced ? nil : "a failure has no place: \(failure)"
    }

    private func violation(of out: borrowing ByteBuffer, isPayload: Bool) -> String? {
        let message: [UInt8] = unsafe out.withUnsafeBytes { unsafe Array($0) }
        if !message.starts(with: Array("before".utf8)) { return "what was before is gone" }
        if message.count - 6 > Self.outputBytes { return "a message is longer than its limit" }
        if String(validating: message, as: UTF8.self) == nil { return "a message is not UTF-8" }
        let quote = [UInt8(ascii: "\"")]
        if isPayload {
            let isJSON = JSONDocument(Array(message.dropFirst(6))) != nil
            return isJSON ? nil : "a payload is not JSON"
        }
        if options.outputMode == .jsonString && JSONDocument(quote + message + quote) == nil {
            return "a message is not the inside of a JSON string"
        }
        return nil
    }

    /// Renders a template that always gives the same.
    private static func aftermath(on machine: inout Machine) -> String? {
        var out = ByteBuffer()
        let failure = machine.render(fixed, into: &out)
        if let failure { return "the next template fails: \(failure)" }
        return out.string == "1 A, 2 A, ['x', {'y': 2.5}]"
            ? nil : "the next template gives \(out.string)"
    }

    private static let fixed: Template = {
        let source = """
            {% macro m(i) %}{{ i }} {{ 'a'|upper }}, {% endmacro %}\
            {% for i in [1, 2] %}{{ m(i) }}{% endfor %}{{ ['x', {'y': 2.5}] }}
            """
        guard let parsed = try? Template.parse(source, name: "fixed"),
            let template = try? parsed.bind(layout: VariableLayout())
        else { preconditionFailure("the fixed template is right") }
        return template
    }()
}
