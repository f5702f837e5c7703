import Structures
import UVLoop

// The loop's side of a sink: the listener, the connections, and the clock of delayed answers.
//
// 1. Everything here belongs to the loop's thread; `StandInReceiver` is what other threads talk to.
// 2. Connections stand in a slab; a connection has at most one timer in the wheel, for the first of
//    its waiting answers or for the end of its lingering, whose payload is the connection's id in
//    the slab. An id of a connection that is gone matches nothing.
// 3. One uv timer stands for the whole wheel. It is armed for the wheel's next deadline.
// 4. `output` collects the answers of one turn of one connection, which go out in one write.

/// A stand-in provider on an event loop.
final class SinkServer: TCPListenerHandler, LoopIdleHandler {
    let loop: EventLoop
    let responses: ResponseTable
    let keyHeader: [UInt8]
    private(set) var statistics: StatisticsRecorder
    private var behaviour: ProviderBehaviour
    private let readBuffer = ReadBuffer()
    private let connections = Slab<SinkConnection?>(capacity: SinkLimits.connectionsMax) { _ in nil
    }
    private let wheel: TimerWheel
    private var timer: LoopTimer?
    /// The deadline that the uv timer is armed for; `.max` when it is not.
    private var armedFor = UInt64.max
    private var listener: TCPListener?
    /// Answers of the connection that is being served, until its write.
    var output: [UInt8] = []

    /// Opens the loop, on the calling thread, and listens.
    ///
    /// - Parameter configuration: Where to listen and how to behave.
    /// - Throws: `SinkError`.
    init(_ configuration: SinkConfiguration) throws(SinkError) {
        let loop: EventLoop
        do throws(LoopError) { loop = try EventLoop() } catch { throw .loop(error) }
        self.loop = loop
        responses = ResponseTable(
            configuration.responses.shares.map(\.status), retryAfter: configuration.retryAfter)
        keyHeader = Array(configuration.keyHeader.lowercased().utf8)
        statistics = StatisticsRecorder(now: loop.now)
        behaviour = ProviderBehaviour(configuration)
        wheel = TimerWheel(limit: SinkLimits.connectionsMax, nowMilliseconds: loop.now)
        timer = LoopTimer(loop) { [unowned self] _ in timerFired() }
        if configuration.spins { LoopIdle(loop, handler: self).start() }
        do throws(LoopError) {
            listener = try TCPListener(loop, address: configuration.address, handler: self)
        } catch {
            loop.close()
            throw .listening(on: configuration.address, error)
        }
    }

    /// Where it listens.
    var address: SocketAddress {
        guard let listener else { preconditionFailure("A sink without a listener has no address.") }
        return listener.address
    }

    /// Closes all connections, the listener and the loop.
    ///
    /// - Returns: The last statistics.
    func close() -> SinkStatistics {
        let end = loop.now
        loop.close()
        (listener, timer) = (nil, nil)
        return statistics.snapshot(now: end)
    }

    func snapshot() -> SinkStatistics { statistics.snapshot(now: loop.now) }

    func loopIdled(_ idle: LoopIdle) {}

    // MARK: - Connections

    func listenerAccepted(_ connection: TCPConnection, on listener: TCPListener) {
        guard let id = connections.take() else {
            statistics.counts.connectionsRefused += 1
            return connection.reset()
        }
        statistics.connectionOpened()
        let sinkConnection = SinkConnection(connection, id: id, server: self)
        connections[id] = sinkConnection
        do throws(LoopError) {
            try startReading(connection, handler: sinkConnection)
        } catch {
            connection.close()
        }
    }

    func startReading(
        _ connection: TCPConnection, handler: SinkConnection
    ) throws(LoopError) {
        try connection.startReading(into: readBuffer, handler: handler)
    }

    func listenerFailed(_ listener: TCPListener, error: LoopError) {
        statistics.counts.connectionsRefused += 1
    }

    /// Takes note that a connection is closed.
    ///
    /// - Parameters:
    ///   - id: Its id, which is free afterwards.
    ///   - answersDropped: Answers that were still waiting.
    func connectionClosed(_ id: SlabID, answersDropped: Int) {
        statistics.connectionClosed()
        statistics.counts.answersDropped += answersDropped
        connections[id] = nil
        connections.release(id)
    }

    // MARK: - Requests

    /// Decides the fate of a request to the provider and counts it.
    ///
    /// - Parameter key: Its key, if it has one.
    /// - Returns: What to do with it.
    func receive(key: KeyDigest?) -> RequestFate {
        let fate = behaviour.next()
        statistics.request(key: key, fate: fate, now: loop.now)
        return fate
    }

    /// Counts answers and bytes; see `StatisticsRecorder`.
    func record(_ update: (inout StatisticsRecorder) -> Void) { update(&statistics) }

    // MARK: - Timers

    /// Calls `timerFired` of a connection at a time of the loop's clock.
    ///
    /// - Parameters:
    ///   - id: The connection.
    ///   - deadline: When.
    /// - Returns: The timer's name.
    func schedule(_ id: SlabID, at deadline: UInt64) -> TimerID {
        guard let timer = wheel.insert(id.rawValue, deadlineMilliseconds: deadline) else {
            preconditionFailure("The wheel holds one timer for each connection.")
        }
        arm(for: deadline)
        return timer
    }

    func cancel(_ timer: TimerID) { wheel.cancel(timer) }

    private func timerFired() {
        armedFor = .max
        wheel.advance(to: loop.now) { payload in
            let id = SlabID(rawValue: payload)
            guard connections.contains(id) else { return }
            let connection = connections[id]
            connection?.timerFired()
        }
        if let next = wheel.nextDeadlineMilliseconds { arm(for: next) }
    }

    private func arm(for deadline: UInt64) {
        guard deadline < armedFor, let timer, !timer.isClosing else { return }
        armedFor = deadline
        timer.start(afterMilliseconds: deadline > loop.now ? deadline - loop.now : 0)
    }
}
