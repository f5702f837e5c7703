import ArgumentParser

/// `fanfare conformance`.
struct ConformanceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conformance",
        abstract: "Answers conformance cases of the template language.",
        discussion: """
            Reads cases as JSON Lines from standard input, each an object with id, template, \
            context, options and templates, and writes one answer per line: the id with either \
            output, or error (the name of Jinja2's exception), message and line.

            EXAMPLES:
              echo '{"id": "1", "template": "{{ 6 * 7 }}"}' | fanfare conformance
            """,
        shouldDisplay: false)

    func run() {
        var runner = ConformanceRunner()
        while let line = readLine() {
            if !line.isEmpty { Terminal.output(runner.answer(line)) }
        }
    }
}
