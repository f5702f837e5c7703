import ArgumentParser
import Foundation

/// Runs the control plane and its API.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run Fanfare as a service with a REST API.",
        usage: "fanfare serve --data <dir> [--listen <host:port>] [--config <file>] [<options>]",
        discussion: """
            The first start makes the data directory, an app and an admin key, which is printed \
            this once. The API is described at /openapi.json; /healthz, /readyz and /metrics need \
            no key. SIGTERM and SIGINT end it when the requests on the wire are done; a second one \
            ends it at once. What ran when it was stopped, or killed, goes on at the next start.

            Options come from flags, then the environment (FANFARE_LISTEN, …), then the file of \
            --config, in TOML, YAML or JSON. --help-config says what each one is called there.

            EXIT CODES:
              0  stopped by a signal
              1  the shutdown took too long, or a failure; nothing that was recorded is lost
              2  an option, the data directory or the address cannot be used

            EXAMPLES:
              fanfare serve --data fanfare-data
              fanfare serve --config fanfare.toml --listen '[::1]:8080' --log-format json
              FANFARE_LOG_LEVEL=debug fanfare serve --data fanfare-data --listen 127.0.0.1:0

            SERVER OPTIONS:
            \(ServeOption.overview)
            """)

    @Option(
        help: ArgumentHelp(
            "A file of options; FANFARE_CONFIG names one too.", valueName: "file"))
    var config: String?

    @Flag(help: "List every option with its names, type and default.")
    var helpConfig = false

    @Argument(
        parsing: .allUnrecognized,
        help: ArgumentHelp("The server options above.", visibility: .hidden))
    var options: [String] = []

    func run() throws {
        if helpConfig {
            Terminal.output(ServeOption.reference)
            return
        }
        let settings = try ServeSettings(
            arguments: options, configuration: config,
            environment: ProcessInfo.processInfo.environment)
        try Server(settings: settings).run()
    }
}
