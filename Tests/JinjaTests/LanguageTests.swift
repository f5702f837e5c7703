import Jinja
import Testing

@Suite("The template language")
struct LanguageTests {
    @Test("Variables, attributes and items print as Python prints them")
    func printsVariables() throws {
        let context = #"{"a": 1, "b": 1.0, "c": true, "d": null, "e": {"f": [1, "x"]}}"#
        #expect(
            try render("{{ a }}|{{ b }}|{{ c }}|{{ d }}|{{ e }}|{{ e.f[1] }}", context)
                == "1|1.0|True|None|{'f': [1, 'x']}|x")
    }

    @Test("Operators bind as in Jinja2")
    func bindsOperators() throws {
        #expect(try render("{{ 2 ** 3 ** 2 }} {{ -2 ** 2 }} {{ 'a' ~ 2 * 3 }}") == "64 4 a6")
        #expect(try render("{{ 7 // -2 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 1e16 }}") == "-4 2 3.5 1e+16")
    }

    @Test("A loop knows its index and runs its else where there was no item")
    func loops() throws {
        let source = "{% for x in l %}{{ loop.index }}{{ x }}{% else %}none{% endfor %}"
        #expect(try render(source, #"{"l": ["a", "b"]}"#) == "1a2b")
        #expect(try render(source, #"{"l": []}"#) == "none")
    }

    @Test("An assignment inside a loop is not seen behind it")
    func scopesAssignments() throws {
        let source = "{% set x = 1 %}{% for i in [1] %}{% set x = 2 %}{% endfor %}{{ x }}"
        #expect(try render(source) == "1")
    }
}
