import ArgumentParser
import Foundation

/// Which server a command talks to, and how it shows the answer.
struct ServerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The server; FANFARE_SERVER names one too. Default: http://127.0.0.1:8080.",
            valueName: "url"))
    var server: String?

    @Option(
        help: ArgumentHelp(
            "A file with the API key, if it is not in FANFARE_KEY.", valueName: "file"))
    var keyFile: String?

    @Flag(help: "Print the server's answer as it is.")
    var json = false

    /// - Throws: `CommandFailure` when the address or the key cannot be used.
    func client() throws -> ServerClient {
        let environment = ProcessInfo.processInfo.environment
        let name = server == nil ? "FANFARE_SERVER" : "--server"
        let address = server ?? environment["FANFARE_SERVER"] ?? "http://127.0.0.1:8080"
        guard let parsed = OptionType.baseURL.parse(address), let base = parsed else {
            throw CommandFailure.usage(
                "\(name): “\(address)” cannot be used; expected \(OptionType.baseURL.expected)")
        }
        return ServerClient(base: base, key: try key(environment))
    }

    private func key(_ environment: [String: String]) throws -> String {
        let text: String
        let place: String
        if let keyFile {
            place = "--key-file"
            text = try InputFile.text(keyFile, option: place, bytesMax: 4_096)
        } else if let value = environment["FANFARE_KEY"] {
            place = "FANFARE_KEY"
            text = value
        } else {
            throw CommandFailure.usage("no API key: export FANFARE_KEY=… or give --key-file")
        }
        let key = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !key.isEmpty, key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw CommandFailure.usage("\(place): expected an API key, such as ff_…")
        }
        return key
    }

    /// Makes a request and prints its answer, as it is or as a person reads it.
    ///
    /// - Parameters:
    ///   - request: Makes it.
    ///   - show: Prints the answer for people.
    /// - Throws: `CommandFailure`, `ServerFailure`.
    func run(
        _ request: @escaping @Sendable (ServerClient) async throws -> ServerReply,
        show: (ServerReply) throws -> Void
    ) throws {
        let client = try client()
        let reply = try BlockingTask.run { try await request(client) }
        if json {
            Terminal.output(reply.text)
        } else {
            try show(reply)
        }
    }
}
