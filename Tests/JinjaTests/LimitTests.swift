import Jinja
import Testing

@Suite("Limits of the template engine")
struct LimitTests {
    private func code(
        _ source: String, _ context: String = "{}", others: [String: String] = [:],
        machine prepare: (inout Machine) -> Void = { _ in }
    ) throws -> FaultCode? {
        switch try attempt(source, context, others: others, machine: prepare) {
        case .success: nil
        case .failure(let error): error.failure.code
        }
    }

    @Test("A loop that takes more steps than the fuel allows fails")
    func stopsLoops() throws {
        let source = "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}"
        #expect(try code(source, machine: { $0.fuelPerRender = 10_000 }) == .limit)
    }

    @Test("Output beyond the limit fails and leaves the buffer as it was")
    func stopsOutput() throws {
        let parsed = try Template.parse(
            "{% for a in range(9999) %}0123456789{% endfor %}", name: "main")
        let template = try parsed.bind(layout: VariableLayout())
        var machine = Machine()
        machine.outputBytesPerRender = 1000
        var out = ByteBuffer()
        out.append("before")
        let failure = machine.render(template, into: &out)
        #expect(failure?.code == .limit)
        #expect(out.string == "before")
    }

    @Test("Macros, loops, blocks and templates that call themselves end in a recursion error")
    func stopsRecursion() throws {
        #expect(try code("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}") == .recursion)
        #expect(
            try code("{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}") == .recursion)
        #expect(try code("{% block b %}{{ self.b() }}{% endblock %}") == .recursion)
        #expect(
            try code("{% include 'a' %}", others: ["a": "{% include 'a' %}"]) == .recursion)
        #expect(
            try code("{% extends 'a' %}", others: ["a": "{% extends 'a' %}"]) == .recursion)
        #expect(
            try code("{% import 'a' as a %}", others: ["a": "{% import 'a' as a %}"])
                == .recursion)
    }

    @Test("Repetition, padding and ranges cannot ask for all the memory")
    func boundsSizes() throws {
        #expect(try code("{{ 'x' * 999999999 }}") == .limit)
        #expect(try code("{{ [1] * 999999999 }}") == .limit)
        #expect(try code("{{ 'x' * 10 ** 30 }}") == .overflow)
        #expect(try code("{{ 'x'|center(999999999) }}") == .limit)
        #expect(try code("{{ '%999999999d' % 1 }}") == .limit)
        #expect(try code("{{ '{:999999999}'.format(1) }}") == .limit)
        #expect(try code("{{ range(10 ** 9) }}") == .overflow)
        #expect(try code("{{ 10 ** 99999 }}") == .overflow)
        #expect(try code("{{ 2 ** 99999 }}") == .overflow)
        let doubling = String(repeating: "{% set x = x ~ x %}", count: 64)
        #expect(try code("{% set x = 'abcdefgh' %}" + doubling) == .limit)
        let growing = String(repeating: "{% set l = l + l %}", count: 64)
        #expect(try code("{% set l = [1, 2] %}" + growing) == .limit)
    }

    @Test("Values that hold themselves print, and cannot be compared or walked without end")
    func boundsDepth() throws {
        #expect(try render("{% set l = [1] %}{% do l.append(l) %}{{ l }}") == "[1, [...]]")
        let nested = "{% set a = [] %}{% set b = [a] %}{% do a.append(b) %}"
        #expect(try code(nested + "{{ a|tojson }}") == .recursion)
        #expect(try code(nested + "{{ a }}") == .recursion)
        #expect(try code(nested + "{{ a == b }}") == .recursion)
    }

    @Test("Templates that are nested or chained too deeply are refused")
    func boundsNesting() throws {
        let brackets =
            "{{ " + String(repeating: "(", count: 500) + "1" + String(repeating: ")", count: 500)
            + " }}"
        #expect(throws: TemplateError.self) { try Template.parse(brackets, name: "deep") }
        let tags =
            String(repeating: "{% if a %}", count: 500)
            + String(repeating: "{% endif %}", count: 500)
        #expect(throws: TemplateError.self) { try Template.parse(tags, name: "deep") }
        let chain = "{{ 1" + String(repeating: " + 1", count: 5000) + " }}"
        #expect(throws: TemplateError.self) { try Template.parse(chain, name: "long") }
        let allowed = "{{ 1" + String(repeating: " + 1", count: 900) + " }}"
        #expect(try render(allowed) == "901")
        let digits = String(repeating: "9", count: JinjaLimits.integerDigits)
        #expect(try render("{{ " + digits + " }}") == digits)
        #expect(throws: TemplateError.self) {
            try Template.parse("{{ " + digits + "9 }}", name: "long")
        }
        let huge = [UInt8](repeating: 0x20, count: JinjaLimits.templateBytes + 1)
        #expect(throws: TemplateError.self) { try Template.parse(huge, name: "huge") }
    }

    // Each of these takes minutes where its work grows with the square of its length.
    @Test("Long templates are compiled in work that grows with their length")
    func compilesLongTemplates() throws {
        let unknown = String(repeating: "{{ x|foo }}", count: 30_000)
        let error = try #require(throws: TemplateError.self) {
            try Template.parse(unknown, name: "unknown")
        }
        #expect(error.diagnostics.count == JinjaLimits.errorsReported)
        let names = (0..<8_000).map { "{{ v\($0) }}" }.joined()
        let parsed = try Template.parse(names, name: "names")
        #expect(try parsed.bind(layout: VariableLayout()).usedSlots.isEmpty)
        #expect(parsed.references.count == 8_000)
        let chain = "{{ s" + String(repeating: ".a", count: 900) + " }}"
        let chained = try Template.parse(chain, name: "chain")
        #expect(try chained.bind(layout: VariableLayout()).usedSlots.isEmpty)
        #expect(chained.references.map(\.path.root) == ["s"])
    }

    @Test("A list too long for the stack fails at a place")
    func placesDeepFailures() throws {
        let source = "{{ [" + String(repeating: "1,", count: 70_000) + "] }}"
        switch try attempt(source) {
        case .success: Issue.record("the list fits")
        case .failure(let error): #expect(error.failure.line == 1 && error.failure.column >= 1)
        }
    }

    @Test("Bytes that are not UTF-8 are refused")
    func refusesBrokenText() {
        #expect(throws: TemplateError.self) { try Template.parse([0x41, 0xFF], name: "bytes") }
        #expect(JSONDocument([0x22, 0x41, 0x22]) != nil)
        #expect(JSONDocument([0x22, 0xFF, 0x22]) == nil)
        #expect(JSONDocument([0x22, 0xF0, 0x9F, 0x22]) == nil)
    }

    @Test("Thousands of branches with names of their own are no more than their sum")
    func manyBranches() throws {
        let ifs = (0..<20_000).map { "{% if x\($0) %}{% set y\($0) = 1 %}{% endif %}" }
        #expect(try render(ifs.joined() + "end") == "end")
    }
}
