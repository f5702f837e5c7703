import Jinja
import Testing

@Suite struct PayloadTests {
    private func rendered(_ payload: String, _ context: String) throws -> String {
        let parsed = try Template.parse(payload: Array(payload.utf8), name: "p.json")
        let document = try #require(JSONDocument(Array(context.utf8)))
        let names = document.fieldNames
        let template = try parsed.bind(layout: VariableLayout(slots: names))
        let slots = names.map { document.field($0) } + [.missing]
        var machine = Machine()
        var out = ByteBuffer()
        let failure = unsafe slots.withUnsafeBufferPointer { slots in
            unsafe machine.render(
                template, slots: slots.baseAddress.unsafelyUnwrapped, into: &out)
        }
        if let failure { throw RenderError(failure: failure) }
        return out.string
    }

    @Test(arguments: [
        ("{}", "{}"), (" [1, 2.5, null, true] ", " [1, 2.5, null, true] "),
        (#"{"a": "{{ name }}"}"#, #"{"a": "Q\"\\\n"}"#),
        (
            #"{"n": 1, "a": {"b": ["x", "{{ name|length }}", {"c": "{% if no %}y{% endif %}"}]}, "d": 2}"#,
            #"{"n": 1, "a": {"b": ["x", "4", {"c": ""}]}, "d": 2}"#
        ),
        (#"{"{{ name }}": "{{ n }}"}"#, #"{"{{ name }}": "7"}"#),
        (#"{"a": "\u0041{{ n }}\"{{ 'x\\n' }}"}"#, #"{"a": "A7\"x\n"}"#),
        (#"{"a": "{{ '<' }}{{ map|tojson }}"}"#, #"{"a": "<{\"k\": \"v\"}"}"#),
        (#"{"a": "{# gone #}", "b": "{ {", "c": "{"}"#, #"{"a": "", "b": "{ {", "c": "{"}"#),
        (#"{"a": "{% set x = 1 %}{{ x }}", "b": "{{ x }}"}"#, #"{"a": "1", "b": ""}"#),
        (
            #"{"a": "{% macro m() %}\"{% endmacro %}{{ m() }}{% filter upper %}\"a{% endfilter %}"}"#,
            #"{"a": "\"\"A"}"#
        ),
    ])
    func `What templates put out is escaped for their strings`(
        payload: String, output: String
    ) throws {
        let context = #"{"name": "Q\"\\\n", "n": 7, "map": {"k": "v"}}"#
        #expect(try rendered(payload, context) == output)
    }

    @Test func `A mistake is placed in its string`() throws {
        let payload = #"{"a": {"b": ["{{ 1 + }}"]}, "c": "{% if %}"}"#
        let error = try #require(throws: TemplateError.self) {
            try Template.parse(payload: Array(payload.utf8), name: "p.json")
        }
        #expect(error.diagnostics.map(\.template) == ["p.json#a.b[0]", "p.json#c"])
        #expect(error.first.line == 1 && error.first.column == 8)
    }

    @Test(arguments: [("{\n\"a\": }", 2, 6), ("", 1, 1), ("{} x", 1, 4), ("[1,]", 1, 4)])
    func `What is no JSON is refused with its place`(
        payload: String, line: Int, column: Int
    ) throws {
        let error = try #require(throws: TemplateError.self) {
            try Template.parse(payload: Array(payload.utf8), name: "p.json")
        }
        #expect(error.first.kind == .syntax)
        #expect(error.first.line == line && error.first.column == column)
    }

    @Test func `A failure while rendering is placed in its string`() throws {
        let error = try #require(throws: RenderError.self) {
            try rendered(#"{"a": "x", "b": "12345{{ n.a.b }}"}"#, #"{"n": 1}"#)
        }
        #expect(error.failure.template == "p.json#b")
        #expect(error.failure.line == 1)
    }

    @Test func `The variables of all strings are known`() throws {
        let payload = #"{"a": "{{ x }}", "b": ["{{ order.z|default('') }}"]}"#
        let parsed = try Template.parse(payload: Array(payload.utf8), name: "p.json")
        #expect(parsed.references.map { "\($0.path)" } == ["x", "order.z"])
        let schema = VariableSchema([.init("x", .init(.string), isRequired: true)])
        #expect(
            schema.check(parsed).map { "\($0.diagnostic.template) \($0.diagnostic.message)" }
                == ["p.json#b[0] unknown variable 'order'"])
    }
}
