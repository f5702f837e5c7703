import Logging

/// How a server is set up; every field is one of `ServeOption.all`.
struct ServeSettings: Sendable {
    var data = ""
    var listen = ListenAddress(host: "127.0.0.1", port: 8080)
    var publicURL: String?
    var logLevel = Logger.Level.info
    var logFormat = LogFormat.text
    var shards = 1
    var inFlightMax = 1
    var allowsPrivateNetworks = false
    var connectionsMax = 1
    var idleTimeout = Duration.zero
    var shutdownDelay = Duration.zero
    var shutdownTimeout = Duration.zero
    var hasMetrics = true
}

/// What a line of the log looks like.
enum LogFormat: String, CaseIterable, Sendable {
    case text
    case json
}
