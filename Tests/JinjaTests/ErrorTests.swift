import Jinja
import Testing

@Suite("Messages for people")
struct ErrorTests {
    private func errors(_ source: String) -> [TemplateError.Diagnostic] {
        do throws(TemplateError) {
            _ = try Template.parse(source, name: "mail")
            return []
        } catch {
            return error.diagnostics
        }
    }

    @Test("A mistake is shown with template, line, column, source line and caret")
    func showsPlace() {
        let found = errors("Hi\n{{ name y }}")
        #expect(found.count == 1)
        #expect(
            found[0].description == """
                mail:2:9: found 'y', expected end of print statement
                    {{ name y }}
                            ^
                """)
    }

    @Test("One compile reports every mistake, but none that only follows from another one")
    func reportsAll() {
        let found = errors(
            "{{ a b }}{% if x y %}1{% else %}2{% endif %}{{ 'c }}\n{% fro x in y %}{{ a|uper }}")
        #expect(found.map(\.line) == [1, 1, 1, 2])
        let names = errors(
            "{{ a|uper }}{{ b is defned }}{% block x %}{% endblock %}{% block x %}{% endblock %}")
        #expect(
            names.map(\.message) == [
                "block 'x' is defined twice", "unknown filter 'uper' (did you mean 'upper'?)",
                "unknown test 'defned' (did you mean 'defined'?)",
            ])
    }

    @Test("An open tag is named where the template ends")
    func namesOpenTags() {
        let found = errors("{% for x in l %}{% if x %}")
        #expect(found.count == 1)
        #expect(
            found[0].message
                == "found the end of the template, expected 'elif' or 'else' or 'endif'; "
                + "the innermost open tag is 'if'"
        )
        #expect(
            errors("{% endfor %}")[0].message
                == "found 'endfor', but no tag is open that it could belong to")
        #expect(
            errors("{% inlcude 'a' %}")[0].message
                == "unknown tag 'inlcude' (did you mean 'include'?)")
    }

    @Test("A failed render names the place and the nearest variable")
    func explainsFailures() throws {
        var options = TemplateOptions()
        options.undefined = .strict
        let result = try attempt(
            "Dear\n  {{ frist_name }}", #"{"first_name": "A"}"#, options: options)
        guard case .failure(let error) = result else {
            Issue.record("an undefined variable must fail when it is strict")
            return
        }
        // The layout's names are known although the template does not use them.
        #expect(error.failure.line == 2)
        #expect(error.failure.column == 6)
        #expect(error.failure.sourceLine == "  {{ frist_name }}")
        #expect(error.failure.message == "'frist_name' is undefined (did you mean 'first_name'?)")
    }

    @Test("A failure inside an included template names that template")
    func namesIncluded() throws {
        let result = try attempt("a{% include 'b' %}", others: ["b": "\n{{ 1 / 0 }}"])
        guard case .failure(let error) = result else {
            Issue.record("a division by zero must fail")
            return
        }
        #expect(error.failure.template == "b")
        #expect(error.failure.line == 2)
        #expect(error.failure.code == .zeroDivision)
    }
}
