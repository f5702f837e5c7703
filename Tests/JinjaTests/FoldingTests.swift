import Jinja
import Testing

/// What is the same for all recipients is rendered when the template is bound.
@Suite struct FoldingTests {
    private static let layout = VariableLayout([
        .init("name", .slot(0)),
        .init(
            "campaign",
            .constant(Array(#"{"title": "A & B", "items": [1, 2, 3], "on": true}"#.utf8))),
        .init(
            "mixed", .object([.init("c", .constant(Array(#""c""#.utf8))), .init("s", .slot(0))])),
    ])

    private func bound(_ source: String, autoescape: Bool = false) throws -> Template {
        var options = TemplateOptions()
        options.autoescape = autoescape
        return try Template.parse(source, name: "t", options: options).bind(layout: Self.layout)
    }

    private func rendered(_ template: Template, name: StaticString = "Ada") -> String {
        var machine = Machine()
        var out = ByteBuffer()
        let slots = unsafe [
            SlotValue(
                string: UnsafeRawBufferPointer(
                    start: name.utf8Start, count: name.utf8CodeUnitCount))
        ]
        let failure = unsafe slots.withUnsafeBufferPointer { slots in
            unsafe machine.render(
                template, slots: slots.baseAddress.unsafelyUnwrapped, into: &out)
        }
        return failure.map { "\($0)" } ?? out.string
    }

    @Test(arguments: [
        ("{{ 1 + 2 }}", "3"), ("{{ 'a'|upper }}", "A"), ("{{ campaign.title|lower }}", "a & b"),
        ("{{ campaign['items']|sum }}", "6"), ("{{ campaign.items[1] + 1 }}", "3"),
        ("{{ mixed.c|upper }}", "C"), ("{{ campaign.title.replace('A', 'C') }}", "C & B"),
        ("{% for i in campaign.items %}{{ loop.index }}:{{ i * 2 }},{% endfor %}", "1:2,2:4,3:6,"),
        ("{% for i in range(3) %}{% set j = i + 1 %}{{ j }}{% endfor %}", "123"),
        ("{% if campaign.on %}yes{% else %}no{% endif %}", "yes"),
        ("{% with x = campaign.title %}{{ x|length }}{% endwith %}", "5"),
        ("{% filter upper %}a{{ campaign.title }}{% endfilter %}", "AA & B"),
    ])
    func `A constant part is one piece of text`(source: String, output: String) throws {
        let template = try bound(source)
        #expect(template.isConstant)
        #expect(template.instructionCount <= 2, "the text and the end")
        #expect(rendered(template) == output)
    }

    @Test func `Folded text is escaped as its place asks`() throws {
        #expect(rendered(try bound("{{ campaign.title|lower }}", autoescape: true)) == "a &amp; b")
        let source = "{% autoescape true %}{{ campaign.title|lower }}{% endautoescape %}{{ '<'|e }}"
        #expect(rendered(try bound(source)) == "a &amp; b&lt;")
        let unsafe = "{{ campaign.title|safe }}{{ '<' ~ '>' }}"
        #expect(rendered(try bound(unsafe, autoescape: true)) == "A & B&lt;&gt;")
    }

    @Test(arguments: [
        ("{% if campaign.on %}{{ name }}{% else %}{{ name|upper }}{% endif %}", "Ada"),
        ("{% if not campaign.on %}a{% elif name %}{{ name }}{% else %}c{% endif %}", "Ada"),
        ("{% if not campaign.on %}a{% elif campaign.on %}b{% else %}{{ name }}{% endif %}", "b"),
        ("{% set x = 1 %}{% if campaign.on %}{% set x = 2 %}{% endif %}{{ x }}", "2"),
        ("{% for i in campaign.items %}{{ i }}{{ name[0] }}{% endfor %}", "1A2A3A"),
        ("{% set campaign = name %}{{ campaign|upper }}", "ADA"),
        ("{{ mixed.s|upper }}{{ mixed|length }}", "ADA2"),
        ("{% macro range(n) %}<{{ n }}>{% endmacro %}{{ range(2) }}", "<2>"),
        ("{{ campaign.gone }}|{{ campaign.gone|default('d') }}", "|d"),
    ])
    func `What differs or may change stays`(source: String, output: String) throws {
        #expect(rendered(try bound(source)) == output)
    }

    @Test func `Errors of constant parts come when the message is rendered`() throws {
        let template = try bound("a{{ 1 // 0 }}")
        #expect(rendered(template).hasPrefix("t:1:7: "))
    }

    @Test func `A constant part that is missing is still reported`() throws {
        let template = try bound("{{ campaign.gone }}{{ name }}")
        var machine = Machine()
        machine.reportsMissing = true
        var out = ByteBuffer()
        let slots = [SlotValue.null]
        unsafe slots.withUnsafeBufferPointer { slots in
            _ = unsafe machine.render(
                template, slots: slots.baseAddress.unsafelyUnwrapped, into: &out)
        }
        #expect(machine.missing == ["gone"])
    }

    @Test func `Binding does not work through endless constants`() throws {
        let loop = "{% for i in range(99999) %}{% for j in range(99999) %}x{% endfor %}{% endfor %}"
        let template = try bound(String(repeating: loop, count: 2_000))
        #expect(template.isConstant)
        #expect(template.instructionCount > 2_000)
    }
}
