import Jinja
import Testing

@Suite("Binding a template to an audience")
struct BindingTests {
    private let layout = VariableLayout([
        .init("order", .slot(2)),
        .init("campaign", .constant(Array(#"{"offer": "50% <off>", "tags": ["a"]}"#.utf8))),
        .init(
            "receiver",
            .object([
                .init("id", .slot(0)), .init("name", .slot(1)), .init("order", .slot(2)),
            ])),
    ])

    /// Renders with three slots of text, missing where nil.
    private func render(
        _ source: String, _ texts: [String?], options: TemplateOptions = TemplateOptions(),
        missing: UnsafeMutablePointer<[String]>? = nil
    ) throws -> String {
        let parsed = try Template.parse(source, name: "main", options: options)
        let template = try parsed.bind(layout: layout)
        let bytes = texts.map { Array(($0 ?? "").utf8) }
        let storage = unsafe bytes.map { array in
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: array.count, alignment: 1)
            unsafe copy.copyBytes(from: array)
            return unsafe copy
        }
        defer { for i in unsafe storage.indices { unsafe storage[i].deallocate() } }
        let slots = texts.indices.map { i in
            texts[i] == nil
                ? .missing : unsafe SlotValue(string: UnsafeRawBufferPointer(storage[i]))
        }
        var machine = Machine()
        machine.reportsMissing = true
        var out = ByteBuffer()
        let failure = unsafe slots.withUnsafeBufferPointer { slots in
            unsafe machine.render(template, slots: slots.baseAddress!, into: &out)
        }
        if let failure { throw RenderError(failure: failure) }
        unsafe missing?.pointee = machine.missing
        return out.string
    }

    @Test("Only the slots that a template reads are asked for")
    func namesSlots() throws {
        let parsed = try Template.parse("{{ receiver.name }}{{ campaign.offer }}", name: "main")
        let template = try parsed.bind(layout: layout)
        #expect(template.usedSlots == [1])
        #expect(!template.isConstant)
        let constant = try Template.parse("{{ campaign.offer }}!", name: "main")
        #expect(try constant.bind(layout: layout).isConstant)
        let whole = try Template.parse("{{ receiver|tojson }}", name: "main")
        #expect(try whole.bind(layout: layout).usedSlots.sorted() == [0, 1, 2])
    }

    @Test("Columns are roots and fields of the receiver, by name, by item and as a whole")
    func readsReceiver() throws {
        let texts: [String?] = ["u1", "Ann", "o1"]
        unsafe #expect(
            try render(
                "{{ receiver.id }}{{ receiver['name'] }}{{ order }}{{ receiver.order }}", texts)
                == "u1Anno1o1")
        unsafe #expect(try render("{% set k = 'name' %}{{ receiver[k] }}", texts) == "Ann")
        unsafe #expect(
            try render("{{ receiver|tojson }}", ["u1", nil, "o1"])
                == #"{"id": "u1", "order": "o1"}"#)
        unsafe #expect(
            try render("{% for k in receiver %}{{ k }},{% endfor %}", texts) == "id,name,order,")
    }

    @Test("A key wins over the method of the same name")
    func prefersKeys() throws {
        let document = try #require(JSONDocument(Array(#"{"d": {"items": [1], "x": 2}}"#.utf8)))
        _ = document
        #expect(
            try JinjaTests.render(
                "{{ d.items }}{{ d.keys()|list }}", #"{"d": {"items": [1], "x": 2}}"#)
                == "[1]['items', 'x']")
    }

    @Test("Missing variables that were printed are reported; guarded ones are not")
    func reportsMissing() throws {
        var missing: [String] = []
        let source =
            "{{ receiver.name }}{{ nope }}{{ receiver.id|default('x') }}"
            + "{% if receiver.order %}{% endif %}"
        let out = try unsafe render(source, [nil, nil, nil], missing: &missing)
        #expect(out == "x")
        #expect(missing == ["name", "nope"])
        let parsed = try Template.parse(source, name: "main")
        let guarded = Dictionary(
            uniqueKeysWithValues: parsed.references.map { ("\($0.path)", $0.isGuarded) })
        #expect(
            guarded == [
                "receiver.name": false, "nope": false, "receiver.id": true, "receiver.order": true,
            ])
    }

    @Test("Inside a JSON string every part is escaped once")
    func escapesJSON() throws {
        var options = TemplateOptions()
        options.outputMode = .jsonString
        let texts: [String?] = ["\"q\"\\", "line\nend", "é"]
        unsafe #expect(
            try render(
                "a\"b {{ receiver.id }} {{ receiver.name|upper }}{{ order }}", texts,
                options: options)
                == #"a\"b \"q\"\\ LINE\nENDé"#)
        unsafe #expect(
            try render(
                "{% macro m(x) %}<\"{{ x }}\">{% endmacro %}{{ m(order) }}"
                    + "{% set y %}\"{% endset %}{{ y }}",
                texts, options: options) == #"<\"é\">\""#)
        options.autoescape = true
        unsafe #expect(
            try render("{{ receiver.id }}{{ campaign.offer }}", texts, options: options)
                == #"&#34;q&#34;\\50% &lt;off&gt;"#)
    }

    @Test("A constant that a template changes is its own in every render")
    func copiesConstants() throws {
        let source = "{% do campaign.tags.append('b') %}{{ campaign.tags }}"
        unsafe #expect(try render(source, [nil, nil, nil]) == "['a', 'b']")
        let parsed = try Template.parse(source, name: "main")
        let template = try parsed.bind(layout: layout)
        var machine = Machine()
        for _ in 0..<2 {
            var out = ByteBuffer()
            #expect(machine.render(template, into: &out) == nil)
            #expect(out.string == "['a', 'b']")
        }
    }

    @Test("Numbers beyond 64 bits come out of JSON as they went in")
    func keepsLargeNumbers() throws {
        #expect(
            try JinjaTests.render(
                "{{ a }} {{ b }} {{ c }} {{ a + 1 }}",
                #"{"a": 123456789012345678901234567890, "b": 1.0, "c": 0.1}"#)
                == "123456789012345678901234567890 1.0 0.1 123456789012345678901234567891")
    }
}
