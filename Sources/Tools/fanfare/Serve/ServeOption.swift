import Foundation
import Logging

/// One option of `fanfare serve`: its name, default, type and meaning.
///
/// The help, the lookups in flags, environment and file, and the checks all come from `all`.
struct ServeOption: Sendable {
    /// The name in files, such as `log_level`.
    ///
    /// The flag is `--log-level`, the variable `FANFARE_LOG_LEVEL`.
    let name: String
    /// As it would be given; nil for an option that has none.
    let standard: String?
    /// What the default is where no text can say it; nil where one can.
    var standardMeaning: String?
    let help: String
    /// The value's name in the help; empty for a switch.
    let valueName: String
    let expected: String
    /// Reads a value into the settings; false when it is none of this type.
    let read: @Sendable (String, inout ServeSettings) -> Bool

    private init<Value>(
        _ name: String, _ type: OptionType<Value>,
        _ field: any WritableKeyPath<ServeSettings, Value> & Sendable, default standard: String?,
        meaning: String? = nil, _ help: String
    ) {
        self.name = name
        self.standard = standard
        standardMeaning = meaning
        self.help = help
        valueName = type.valueName
        expected = type.expected
        read = { text, settings in
            guard let value = type.parse(text) else { return false }
            settings[keyPath: field] = value
            return true
        }
    }

    var flag: String { "--" + name.replacing("_", with: "-") }
    var variable: String { "FANFARE_" + name.uppercased() }
    var isSwitch: Bool { valueName.isEmpty }
    /// Whether there is a server without it.
    var isRequired: Bool { standard == nil && standardMeaning == nil }

    /// Every option, in the order of the help.
    static let all: [ServeOption] = [
        ServeOption(
            "data", .path, \.data, default: nil,
            "Where everything is kept; one server at a time."),
        ServeOption(
            "listen", .address, \.listen, default: "127.0.0.1:8080",
            "Where to listen; port 0 takes a free one and prints it."),
        ServeOption(
            "public_url", .baseURL, \.publicURL, default: nil,
            meaning: "the address it listens on",
            "What links in messages begin with."),
        ServeOption(
            "log_level", .word("level"), \.logLevel, default: "info",
            "The least level that is logged; requests are logged at debug."),
        ServeOption(
            "log_format", .word("format"), \.logFormat, default: "text",
            "What a line of the log is, on standard error."),
        ServeOption(
            "shards", .count(1...CommandLimits.shardsMax), \.shards,
            default:
                "\(min(ProcessInfo.processInfo.activeProcessorCount, CommandLimits.shardsMax))",
            "Dispatcher threads; by default one per core."),
        ServeOption(
            "max_in_flight", .count(1...1_000_000), \.inFlightMax, default: "1024",
            "Requests on the wire at once, over all campaigns."),
        ServeOption(
            "allow_private_networks", .flag, \.allowsPrivateNetworks, default: "false",
            "Let webhooks go to loopback, private and link-local addresses."),
        ServeOption(
            "max_connections", .count(1...1_000_000), \.connectionsMax, default: "1024",
            "Connections to the API at once; further ones wait."),
        ServeOption(
            "idle_timeout", .duration("1s", to: "1h"), \.idleTimeout, default: "60s",
            "How long a connection may be silent while a request is awaited or comes in."),
        ServeOption(
            "shutdown_delay", .duration("0s", to: "10m"), \.shutdownDelay, default: "0s",
            "How long requests are still taken after SIGTERM, while /readyz answers 503."),
        ServeOption(
            "shutdown_timeout", .duration("1s", to: "1h"), \.shutdownTimeout, default: "30s",
            "The bound of a graceful shutdown, its delay included."),
        ServeOption(
            "metrics", .flag, \.hasMetrics, default: "true",
            "Serve /metrics in the text format of Prometheus."),
    ]
}
