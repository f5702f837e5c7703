import ArgumentParser
import Audience
import Glibc

/// `fanfare generate`.
struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Writes a synthetic audience: names in several scripts, rows of skewed sizes.",
        discussion: """
            The same number, format and seed give the same bytes on every machine. No data of real \
            people is in it.

            EXAMPLES:
              fanfare generate --recipients 1000000 --format csv > audience.csv
              fanfare generate --recipients 50000 --format jsonl --seed 7 --output audience.jsonl
            """)

    @Option(help: ArgumentHelp("How many recipients.", valueName: "n"))
    var recipients: UInt64

    @Option(help: ArgumentHelp("csv or jsonl.", valueName: "format"))
    var format = "csv"

    @Option(help: ArgumentHelp("What the random choices start from.", valueName: "s"))
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("A file instead of standard output.", valueName: "file"))
    var output: String?

    func run() throws {
        let format = try AudienceSource.format(format, option: "--format")
        let generator = AudienceGenerator(recipients: recipients, format: format, seed: seed)
        var descriptor = STDOUT_FILENO
        if let output {
            descriptor = unsafe open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else {
                throw CommandFailure.usage(
                    "--output: cannot write \(output): \(unsafe String(cString: strerror(errno)))")
            }
        }
        do {
            try generator.write(to: descriptor, name: output ?? "standard output")
        } catch AudienceError.file(_, _, EPIPE) where output == nil {
            // The reader has seen enough, as with `| head`.
            return
        } catch {
            throw CommandFailure.other("\(error)")
        }
        if output != nil, close(descriptor) != 0 {
            throw CommandFailure.other(
                "cannot write \(output ?? ""): \(unsafe String(cString: strerror(errno)))")
        }
    }
}
