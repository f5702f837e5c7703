import ArgumentParser
import Audience
import Foundation
import Glibc
import JSON

/// `fanfare import …`: files into a server.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Brings users of a file into a server.",
        discussion: """
            EXAMPLES:
              fanfare import users users.csv
              fanfare import users users.jsonl.gz --server https://fanfare.example.org
            """,
        subcommands: [Users.self])
}

extension ImportCommand {
    /// `fanfare import users`.
    struct Users: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "users",
            abstract: "Makes or changes the users that a CSV or JSON Lines file lists.",
            discussion: """
                The file is sent as it is read, so that its size does not matter; gzip is told by \
                its first bytes.

                EXIT CODES:
                  0  every row was taken
                  1  no answer, or the server failed
                  2  the command line or the file cannot be used
                  3  some rows were rejected
                  4  the server refused

                EXAMPLES:
                  fanfare import users users.csv
                  fanfare import users export.txt --format jsonl
                """)

        @Argument(help: ArgumentHelp("CSV or JSON Lines, plain or gzip.", valueName: "file"))
        var file: String

        @Option(
            help: ArgumentHelp(
                "csv or jsonl; by default the file's name tells.", valueName: "format"))
        var format: String?

        @OptionGroup var server: ServerOptions

        func run() throws {
            let bytes = try size()
            let body = ServerClient.Body.file(
                path: file, contentType: try contentType(), isGzip: try isGzip())
            let client = try server.client()
            let view = UploadView(bytes: bytes)
            let reply: ServerReply
            do {
                defer { view.finish() }
                reply = try BlockingTask.run {
                    try await client.send(
                        "POST", "/v1/users/import", query: [("mode", "upsert")], body: body,
                        seconds: CommandLimits.importSeconds, progressed: { view.show($0) })
                }
            }
            let result = try reply.json()
            if server.json { Terminal.output(reply.text) } else { show(result) }
            guard result["rejected"]?.integer ?? 0 == 0 else { throw CommandFailure.incomplete }
        }

        private func size() throws -> Int64 {
            guard unsafe access(file, R_OK) == 0 else {
                throw CommandFailure.usage(
                    "cannot read \(file): \(unsafe String(cString: strerror(errno)))")
            }
            let path = URL(fileURLWithPath: file).resolvingSymlinksInPath().path
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            guard attributes[.type] as? FileAttributeType == .typeRegular else {
                throw CommandFailure.usage("\(file) is no regular file")
            }
            return (attributes[.size] as? NSNumber)?.int64Value ?? 0
        }

        private func contentType() throws -> String {
            let named = try format.map { try AudienceSource.format($0, option: "--format") }
            switch named ?? AudienceFormat(path: file) {
            case .csv: return "text/csv"
            case .jsonLines: return "application/x-ndjson"
            case nil:
                throw CommandFailure.usage(
                    "\(file): its name does not tell the format; give --format csv or jsonl")
            }
        }

        private func isGzip() throws -> Bool {
            do {
                let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: file))
                defer { try? handle.close() }
                return try handle.read(upToCount: 2) == Data([0x1F, 0x8B])
            } catch {
                throw CommandFailure.usage("cannot read \(file): it is not for you to read")
            }
        }

        private func show(_ result: JSONValue) {
            Terminal.output(
                "\(result.cell("rows")) \(result["rows"] == 1 ? "row" : "rows"): \(result.cell("created")) created, "
                    + "\(result.cell("updated")) updated, \(result.cell("rejected")) rejected, in "
                    + Figures.duration(seconds: result["seconds"]?.double ?? 0))
            let errors = (result["errors"]?.array ?? []).map { error in
                // A line as editors count: without separators.
                [
                    error["line"]?.integer.map { "\($0)" } ?? "-", error.cell("code"),
                    error.cell("path"), error.cell("message"),
                ].map(Terminal.harmless)
            }
            guard !errors.isEmpty else { return }
            let header = ["LINE", "CODE", "FIELD", "MESSAGE"]
            for line in TextTable.aligned([header] + errors, numbers: [0]) { Terminal.error(line) }
            if result["errors_omitted"]?.integer ?? 0 > 0 {
                Terminal.error("and \(result.cell("errors_omitted")) more")
            }
        }
    }
}
