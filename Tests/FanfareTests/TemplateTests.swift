import Testing

/// `fanfare template` and `fanfare conformance`.
@Suite(.serialized) struct TemplateTests {
    @Test func renderPutsOutWhatWouldBeSent() async throws {
        try await Workbench.use { bench in
            let template = try bench.write(
                "Hi {{ name }} {{ receiver.name|upper }} {{ receiver.id }}{{ gone }}", to: "t.j2")
            let row = try bench.write(
                #"{"user_id": "u1", "variables": {"name": "Zoë"}}"#, to: "row.json")
            let plain = try bench.write(#"{"name": "Ada"}"#, to: "plain.json")
            let first = try await bench.run(["template", "render", template, "--variables", row])
            #expect(first.output == "Hi Zoë ZOË u1\n")
            #expect(first.errors == "warning: gone is missing and printed empty\n")
            let second = try await bench.run(["template", "render", template, "--variables", plain])
            #expect(second.output == "Hi Ada ADA \n")
            let strict = try await bench.run(
                ["template", "render", template, "--variables", plain, "--strict"], exits: 2)
            #expect(strict.errors.contains("t.j2:1:"))
            #expect(strict.output.isEmpty)
        }
    }

    @Test func checkReportsAllMistakes() async throws {
        try await Workbench.use { bench in
            let broken = try bench.write("{{ 1 + }}\n{% if %}", to: "broken.j2")
            let syntax = try await bench.run(["template", "check", broken], exits: 2)
            #expect(syntax.errors.contains("broken.j2:1:8:"))
            #expect(syntax.errors.contains("broken.j2:2:"))

            let template = try bench.write(
                "{{ name }} {{ receiver.name }} {{ nmae }} {{ city }}", to: "t.j2")
            let free = try await bench.run(["template", "check", template])
            #expect(free.output == "variables: city, name, nmae, receiver.name\n")
            let schema = try bench.write(
                #"""
                {"type": "object", "required": ["name"],
                 "properties": {"name": {"type": "string"}, "city": {"type": "string"}}}
                """#, to: "schema.json")
            let sample = try bench.write(#"{"name": 1}"#, to: "sample.json")
            let checked = try await bench.run(
                ["template", "check", template, "--schema", schema, "--sample", sample], exits: 2)
            #expect(checked.output.contains("error: "))
            #expect(checked.output.contains("t.j2:1:35: unknown variable 'nmae'"))
            #expect(checked.output.contains("t.j2:1:46: 'city' may be missing"))
            #expect(checked.output.contains("name is an integer, expected a string"))
            #expect(checked.output.hasSuffix("2 errors, 3 warnings\n"))
        }
    }

    @Test func aPayloadStaysJSONWhateverTheVariablesAre() async throws {
        try await Workbench.use { bench in
            let server = try bench.server()
            _ = try bench.template(
                #"{"to": "{{ receiver.id }}", "n": 1, "text": "Hi {{ name }}!"}"#)
            let audience = try bench.write(
                #"{"user_id": "a", "variables": {"name": "\"A\\da\"\n"}}"#, to: "a.jsonl")
            try await bench.run(
                bench.send(audience, to: server.url, ["--template-format", "json"]))
            let body = try #require(server.requests.first).body
            #expect(
                body
                    == #"{"to": "a", "n": 1, "text": "Hi \"A\\da\"\n!"}"#)
            let broken = try bench.write(#"{"a": {"b": "{{ 1 + }}"}}"#, to: "broken.json")
            let checked = try await bench.run(
                ["template", "check", broken, "--template-format", "json"], exits: 2)
            #expect(checked.errors.contains("broken.json#a.b:1:8:"))
        }
    }

    @Test func filesThatAreNoneAreNamed() async throws {
        try await Workbench.use { bench in
            let template = try bench.write("{{ a }}", to: "t.j2")
            let bad = try bench.write("{\"a\": 1,\n \"b\" 2}", to: "bad.json")
            let array = try bench.write("[1]", to: "array.json")
            for (arguments, says) in [
                (["render", template, "--variables", bad], "bad.json:2:6: this is not JSON"),
                (["render", template, "--variables", array], "expected a JSON object"),
                (["render", template, "--variables", "gone.json"], "No such file"),
                (["check", "gone.j2"], "gone.j2"),
                (["check", template, "--schema", bad], "--schema"),
            ] {
                let ending = try await bench.run(["template"] + arguments, exits: 2)
                #expect(ending.errors.contains(says), "\(ending.errors)")
            }
        }
    }

    @Test func conformanceAnswersLineByLine() async throws {
        try await Workbench.use { bench in
            let cases = try bench.write(
                #"""
                {"id": "a", "template": "{{ 6 * x }}", "context": {"x": 7}}
                {"id": "b", "template": "{{ 1 +\n }}", "options": {}}
                {"id": "c", "template": "{% include 'd' %}", "templates": {"d": "é\n"}}
                no case

                """#, to: "cases.jsonl")
            let ending = try await bench.shell("exec \"$0\" conformance < '\(cases)'")
            let lines = ending.output.split(separator: "\n")
            #expect(lines.count == 4)
            #expect(lines.first == #"{"id": "a", "output": "42"}"#)
            #expect(lines[1].hasPrefix(#"{"id": "b", "error": "TemplateSyntaxError""#))
            #expect(lines[1].hasSuffix(#""line": 2}"#))
            #expect(lines[2] == #"{"id": "c", "output": "é"}"#)
            #expect(lines[3].contains("a case is a JSON object"))
        }
    }
}
