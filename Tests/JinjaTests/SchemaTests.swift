import Jinja
import Testing

@Suite struct SchemaTests {
    private static let schema = """
        {"type": "object", "required": ["name", "order"], "properties": {
          "name": {"type": "string"},
          "coupon": {"type": ["string", "null"]},
          "city": {"type": "string", "default": "Rome"},
          "age": {"type": "integer"},
          "order": {"type": "object", "required": ["items", "total"], "properties": {
            "total": {"type": "number"},
            "items": {"type": "array", "items": {"type": "object", "required": ["name"],
              "properties": {"name": {"type": "string"}, "price": {"type": "number"}}}}}}}}
        """

    private func document(_ text: String) throws -> JSONDocument {
        try #require(JSONDocument(Array(text.utf8)))
    }

    private func findings(_ template: String) throws -> [String] {
        let schema = try VariableSchema(document(Self.schema))
        return schema.check(try Template.parse(template, name: "t")).map {
            "\($0.severity.rawValue) \($0.diagnostic.line):\($0.diagnostic.column) "
                + $0.diagnostic.message
        }
    }

    @Test(arguments: [
        "{{ name }} {{ city }} {{ order.total }} {{ order['total'] }}",
        "{% if coupon %}{{ coupon }}{% endif %}{{ coupon|default('none') }}",
        "{{ coupon if coupon else 'none' }} {{ coupon or 'none' }} {{ coupon and coupon|upper }}",
        "{% if coupon is defined and coupon != 'x' %}{{ coupon }}{% endif %}",
        "{% for item in order.items %}{{ loop.index }} {{ item.name }}{% endfor %}",
        "{% for item in order.items|sort(attribute='name') %}{{ item.name }}{% endfor %}",
        "{% set first = order.items[0] %}{{ first.name }}",
        "{% for i in range(3) %}{{ i }}{% endfor %}{{ name.upper() }}",
        "{% macro m(x) %}{{ x }}{{ caller() }}{{ varargs }}{% endmacro %}{{ m(name) }}",
        "{% with total = order.total %}{{ total + 1 }}{% endwith %}",
        "{{ order.items|map(attribute='name')|join(', ') }}",
    ])
    func `A template that fits has no findings`(template: String) throws {
        #expect(try findings(template) == [])
    }

    @Test(arguments: [
        ("{{ nmae }}", "error 1:4 unknown variable 'nmae' (did you mean 'name'?)"),
        ("{{ order.totl }}", "error 1:9 'order' has no field 'totl' (did you mean 'total'?)"),
        ("{{ name.first }}", "error 1:8 'name' is a string and has no field 'first'"),
        (
            "{% for i in order.items %}\n{{ i.nme }}{% endfor %}",
            "error 2:5 'order.items[]' has no field 'nme' (did you mean 'name'?)"
        ),
        (
            "{% for i in order.total %}{% endfor %}",
            "error 1:18 'order.total' is a number and cannot be looped over"
        ),
        (
            "{{ name.uper() }}",
            "error 1:4 'name' is a string and has no method 'uper' (did you mean 'upper'?)"
        ),
        ("{{ age[0] }}", "error 1:7 'age' is an integer and has no items"),
        (
            "{{ coupon }}",
            "warning 1:4 'coupon' may be missing: it is not required, and neither a default nor "
                + "an 'if' guards it here"
        ),
        (
            "{% for i in order.items %}{{ i.price }}{% endfor %}",
            "warning 1:31 'order.items[].price' may be missing: it is not required, and neither a "
                + "default nor an 'if' guards it here"
        ),
        (
            "{% if coupon %}{% else %}{{ coupon }}{% endif %}",
            "warning 1:29 'coupon' may be missing: it is not required, and neither a default nor "
                + "an 'if' guards it here"
        ),
    ])
    func `What does not fit is named with its place`(template: String, finding: String) throws {
        #expect(try findings(template) == [finding])
    }

    @Test func `A finding is listed once, however often it stands there`() throws {
        #expect(try findings("{{ x }}{{ x }}").count == 1)
    }

    @Test func `Variables that the template does not use are known`() throws {
        let schema = try VariableSchema(document(Self.schema))
        let template = try Template.parse("{{ name }}{{ order.total }}", name: "t")
        #expect(schema.unused(by: template) == ["coupon", "city", "age"])
    }

    @Test(arguments: [
        (#"{"name": "Ada", "order": {"items": [], "total": 1.5}}"#, []),
        (#"{"name": "Ada", "coupon": null, "order": {"items": [], "total": 1}}"#, []),
        (
            #"{"name": 1, "age": 1.5, "order": {"items": [{"name": null}]}}"#,
            [
                "name is an integer, expected a string", "age is a number, expected an integer",
                "order.items.0.name is null, expected a string",
                "order.total is required and missing",
            ]
        ),
        (
            #"{"name": "Ada", "odrer": 1}"#,
            [
                "odrer is not in the schema (did you mean 'order'?)",
                "order is required and missing",
            ]
        ),
    ])
    func `A recipient's variables are checked`(variables: String, problems: [String]) throws {
        let schema = try VariableSchema(document(Self.schema))
        #expect(try schema.problems(of: document(variables)) == problems)
    }

    @Test(arguments: [
        ("[]", "expected an object, a schema"),
        (#"{"type": "string"}"#, "type: the schema of the variables must be of type object"),
        (#"{"type": "object", "propertys": {}}"#, "propertys: this keyword is not supported"),
        (#"{"properties": {"a": {"type": "text"}}}"#, "properties.a.type: 'text' is no type"),
        (
            #"{"properties": {"a": {"type": ["string", "number"]}}}"#,
            "properties.a.type: expected one type, or one type and \"null\""
        ),
        (#"{"properties": {"a": 1}}"#, "properties.a: expected an object, a schema"),
        (#"{"properties": []}"#, "properties: expected an object of schemas"),
        (#"{"properties": {"a": {}}, "required": "a"}"#, "required: expected a list of names"),
        (
            #"{"properties": {"name": {}}, "required": ["nmae"]}"#,
            "required: 'nmae' is no property (did you mean 'name'?)"
        ),
        (
            #"{"properties": {"a": {"type": "integer", "default": "x"}}}"#,
            "properties.a.default: a is a string, expected an integer"
        ),
        (
            #"{"properties": {}, "additionalProperties": {}}"#,
            "additionalProperties: expected true or false"
        ),
    ])
    func `What is no schema is refused with its path`(text: String, message: String) throws {
        do {
            _ = try VariableSchema(document(text))
            Issue.record("it was taken")
        } catch let error as VariableSchema.Malformed {
            #expect(error.description.hasPrefix(message), "\(error)")
        }
    }

    @Test func `A schema has a limited depth`() throws {
        let depth = JinjaLimits.schemaDepth + 1
        let text =
            String(repeating: #"{"properties": {"a": "#, count: depth) + "{}"
            + String(repeating: "}}", count: depth)
        #expect(throws: VariableSchema.Malformed.self) {
            _ = try VariableSchema(document(text))
        }
    }
}
