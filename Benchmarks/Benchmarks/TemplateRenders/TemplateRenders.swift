// Renders the templates of a file as its standard input tells it to, one command a line:
//
//   compile KEY SECONDS   how long parsing and binding take at best
//   outputs KEY           what the recipients get
//   render KEY SECONDS    how many renders a second, and with how many allocations
//
// Each is answered by one line of JSON; that of `outputs` says how many bytes follow it: the
// outputs with a zero byte between them. One process for all of them lets the caller alternate it
// with other engines.

import Foundation
import Jinja

@main
struct TemplateRenders {
    static func main() {
        guard CommandLine.arguments.count == 2 else {
            fail("usage: TemplateRenders TEMPLATES.json")
        }
        do {
            var commands = try BenchmarkCommands(templates: CommandLine.arguments[1])
            while let line = readLine() {
                FileHandle.standardOutput.write(Data(try commands.answer(line)))
            }
        } catch {
            fail(error.description)
        }
    }

    private static func fail(_ text: String) -> Never {
        FileHandle.standardError.write(Data("TemplateRenders: \(text)\n".utf8))
        exit(1)
    }
}
