import ArgumentParser
import Control
import ControlDirectory
import ControlREST
import Glibc
import Logging
import NIOCore
import NIOPosix
import PrometheusMetrics
import ServiceLifecycle
import Storage
import Synchronization
import UnixSignals

/// `fanfare serve` from start to exit.
///
/// ```
/// signal ─▶ not ready ─delay─▶ no connections ─requests done─▶ tasks end ─▶ file closed, exit 0
///             └──────────────── shutdown_timeout, or a second signal ───────────▶ exit 1
/// ```
///
/// Exit 1 loses nothing: what a killed server leaves is what a crash leaves.
struct Server {
    let settings: ServeSettings

    func run() throws {
        // Everything in the data directory is for its owner only.
        umask(0o077)
        FileDescriptors.raiseLimit()
        let directory: DataDirectory
        do {
            directory = try DataDirectory(settings.data)
        } catch {
            throw CommandFailure.usage("--data: \(error)")
        }
        LoggingSystem.bootstrap { [settings] label in
            LineLogHandler(label: label, format: settings.logFormat, level: settings.logLevel)
        }
        let metrics = settings.hasMetrics ? ServerMetrics.install() : nil
        try BlockingTask.run { try await serve(directory, metrics) }
        withExtendedLifetime(directory) {}
    }

    private func serve(_ directory: DataDirectory, _ metrics: MetricsRegistry?) async throws {
        let logger = Logger(label: "fanfare")
        let control: ControlPlane
        do {
            control = try ControlPlane(options(directory), logger: logger)
        } catch {
            throw CommandFailure.other("cannot open the data directory \(directory.path): \(error)")
        }
        try await requireAddress()
        metrics?.addCollector { page in await ControlMetrics.collect(control, into: &page) }
        try await control.prepare()
        if let secret = try await control.makeFirstApp() {
            Terminal.output(
                """
                The admin key of the first app, shown this once:
                \(secret)
                For the commands of this program: export FANFARE_KEY=\(secret)
                """)
        }
        let listening = Listening()
        let group = ServiceGroup(
            configuration: .init(
                services: services(control, metrics, listening, logger).map { .init(service: $0) },
                logger: quiet(logger)))
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let watch = Task { await shutDown(group, control, at: signals, logger) }
        defer { watch.cancel() }
        do {
            try await group.run()
        } catch {
            guard !listening.hasBegun.load(ordering: .acquiring) else { throw error }
            throw cannotListen(error)
        }
        try control.database.close()
        logger.notice("stopped")
    }

    /// Finds out whether the address can be had, before anything is begun or a key is shown.
    private func requireAddress() async throws {
        do {
            let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: settings.listen.host, port: settings.listen.port).get()
            try await channel.close()
        } catch {
            throw cannotListen(error)
        }
    }

    private func cannotListen(_ error: any Error) -> CommandFailure {
        let reason = (error as? IOError).map { Self.text($0.errnoCode) } ?? "\(error)"
        return .usage("--listen: cannot listen on \(settings.listen): \(reason)")
    }

    private static func text(_ code: CInt) -> String { unsafe String(cString: strerror(code)) }

    private final class Listening: Sendable {
        let hasBegun = Atomic<Bool>(false)
    }

    private func options(_ directory: DataDirectory) -> ControlOptions {
        var options = ControlOptions(
            dataDirectory: directory.path, shards: settings.shards,
            inFlightMax: settings.inFlightMax)
        options.allowsPrivateNetworks = settings.allowsPrivateNetworks
        options.publicURL = settings.publicURL
        return options
    }

    /// In the order in which they start; they stop from the last to the first.
    private func services(
        _ control: ControlPlane, _ metrics: MetricsRegistry?, _ listening: Listening,
        _ logger: Logger
    ) -> [any Service] {
        var options = ServiceOptions()
        options.connectionsMax = settings.connectionsMax
        options.idleTimeout = TimeAmount(settings.idleTimeout)
        if let metrics { options.metrics = { await metrics.text() } }
        let application = ControlService.application(
            control, host: settings.listen.host, port: settings.listen.port, logger: quiet(logger),
            options: options
        ) { port in
            listening.hasBegun.store(true, ordering: .releasing)
            let address = ListenAddress(host: settings.listen.host, port: port)
            Terminal.output("listening on http://\(address)")
        }
        // The background tasks have the last third to put away what they have in hand.
        let drainTime = (settings.shutdownTimeout - settings.shutdownDelay) * 2 / 3
        return [
            ControlLoop(control),
            BoundedServer(application: application, drainTime: drainTime, logger: logger),
            ShutdownNotice(control: control, delay: settings.shutdownDelay),
        ]
    }

    /// What libraries log at info is that they start, which the output says.
    private func quiet(_ logger: Logger) -> Logger {
        var logger = logger
        if logger.logLevel == .info { logger.logLevel = .notice }
        return logger
    }

    private func shutDown(
        _ group: ServiceGroup, _ control: ControlPlane, at signals: UnixSignalsSequence,
        _ logger: Logger
    ) async {
        var isShuttingDown = false
        for await signal in signals {
            guard !isShuttingDown else {
                logger.warning("a second signal ends it", metadata: ["signal": "\(signal)"])
                _exit(CommandFailure.other.rawValue)
            }
            isShuttingDown = true
            logger.notice("shutting down", metadata: ["signal": "\(signal)"])
            await group.triggerGracefulShutdown()
            Task {
                try await Task.sleep(for: settings.shutdownTimeout)
                logger.error(
                    "the shutdown took too long",
                    metadata: ["unfinished": "\(control.tasks.unfinished)"])
                _exit(CommandFailure.other.rawValue)
            }
        }
    }
}
