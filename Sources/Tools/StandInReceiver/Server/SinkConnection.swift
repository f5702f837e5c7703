import Structures
import UVLoop

// One HTTP/1 connection to a sink: carries bytes to the parser and answers to the socket.
//
//     open ──(last request answered, or refused input)──▶ lingering ──(peer's end, or time)──▶
//     closed └──(peer's end with nothing to answer, failure,
//     reset)────────────────────────────────▶ closed
//
// 1. Answers leave in the order of the requests. `waiting` holds those that are not out yet; an
//    answer that is due at once skips it when it is empty. A stalled request stays at its place for
//    ever, and so do those behind it: HTTP/1 has no other way.
// 2. The wheel has a timer for the head of `waiting` (unless that is stalled) or for the lingering.
// 3. Answers are appended to the server's `output` and written at the end of the turn (`flush`).
//
// What HTTP/1 has no part in (fates, statistics, timers) is the server's, so that another protocol
// can stand beside this one.

/// One HTTP/1 connection to a sink.
final class SinkConnection: TCPConnectionHandler {
    private struct Answer {
        /// nil: never.
        var deadline: UInt64?
        var status: HTTPStatus
        var persistence: ResponseTable.Persistence
        /// A body instead of a prebuilt answer; its status is not counted.
        var body: [UInt8]?
        var isCounted: Bool
    }

    private enum State {
        case open
        /// The last request of the connection has been read; its answers may still be waiting.
        case finishing
        /// All is answered and the sending side is shut; waits for the peer's end.
        case lingering
    }

    private unowned let server: SinkServer
    private let connection: TCPConnection
    private let id: SlabID
    private var parser: RequestParser
    private var state = State.open
    private var waiting: [Answer] = []
    /// The answers of `waiting` before this one are out.
    private var waitingHead = 0
    private var timer: TimerID?
    private var peerHasEnded = false

    init(_ connection: TCPConnection, id: SlabID, server: SinkServer) {
        self.connection = connection
        self.id = id
        self.server = server
        parser = RequestParser(keyHeader: server.keyHeader)
    }

    // MARK: - Bytes

    func connectionReceived(_ bytes: Span<UInt8>, on connection: TCPConnection) {
        server.record { $0.counts.bytesIn += bytes.count }
        var offset = 0
        reading: while state == .open {
            switch parser.next(bytes, from: &offset) {
            case .needsMore: break reading
            case .awaitsContinue:
                // A client that has sent some of the body does not wait for permission.
                if offset == bytes.count { answer(.goOn, .kept, isCounted: false) }
            case .request(let head):
                handle(head)
                if connection.isClosing { return }
            case .failed(let failure):
                server.record { $0.counts.refusedInputs += 1 }
                state = .finishing
                answer(HTTPStatus(failure.rawValue), .closed)
            }
        }
        flush()
        holdBackIfNeeded()
    }

    func connectionEnded(_ connection: TCPConnection) {
        peerHasEnded = true
        // A client that has only shut its sending side still gets the answers that are under way.
        guard state != .lingering, let first = firstWaiting, first.deadline != nil else {
            return connection.close()
        }
        state = .finishing
    }

    func connectionFailed(_ connection: TCPConnection, error: LoopError) {}

    func connectionDrained(_ connection: TCPConnection) { readOnIfPossible() }

    func connectionClosed(_ connection: TCPConnection) {
        if let timer { server.cancel(timer) }
        let dropped = waiting[waitingHead...].count { $0.deadline != nil && $0.isCounted }
        server.connectionClosed(id, answersDropped: dropped)
    }

    // MARK: - Requests

    private func handle(_ head: RequestHead) {
        let persistence: ResponseTable.Persistence =
            !head.keepsAlive ? .closed : head.isHTTP10 ? .keptForHTTP10 : .kept
        if !head.keepsAlive { state = .finishing }
        guard head.route == .provider else { return handleControl(head, persistence) }
        switch server.receive(key: head.key) {
        case .answer(let status, 0): answer(status, persistence)
        case .answer(let status, let delay):
            answer(status, persistence, deadline: server.loop.now + delay)
        case .stall:
            wait(
                Answer(deadline: nil, status: .ok, persistence: persistence, isCounted: true))
        case .reset:
            flush()
            connection.reset()
        }
    }

    private func handleControl(_ head: RequestHead, _ persistence: ResponseTable.Persistence) {
        server.record { $0.counts.controlRequests += 1 }
        switch (head.route, head.method) {
        case (.statistics, .get):
            let body = Array(server.snapshot().json.utf8)
            answer(.ok, persistence, body: body, isCounted: false)
        case (.statisticsReset, .post):
            server.record { $0.reset(now: server.loop.now) }
            answer(.ok, persistence, isCounted: false)
        case (.statistics, _), (.statisticsReset, _):
            answer(.methodNotAllowed, persistence, isCounted: false)
        case (.unknownControl, _), (.provider, _):
            answer(.notFound, persistence, isCounted: false)
        }
    }

    // MARK: - Answers

    private var firstWaiting: Answer? {
        waitingHead < waiting.count ? waiting[waitingHead] : nil
    }

    private func answer(
        _ status: HTTPStatus, _ persistence: ResponseTable.Persistence, deadline: UInt64 = 0,
        body: [UInt8]? = nil, isCounted: Bool = true
    ) {
        let answer = Answer(
            deadline: deadline, status: status, persistence: persistence, body: body,
            isCounted: isCounted)
        if waiting.isEmpty, deadline <= server.loop.now { append(answer) } else { wait(answer) }
    }

    private func wait(_ answer: Answer) {
        waiting.append(answer)
        if waiting.count - waitingHead == 1 { scheduleFirst() }
    }

    private func scheduleFirst() {
        guard let deadline = firstWaiting?.deadline else { return }
        timer = server.schedule(id, at: deadline)
    }

    /// Appends an answer to the output of this turn.
    private func append(_ answer: Answer) {
        if let body = answer.body {
            ResponseTable.append(
                body: body, contentType: "application/json", answer.persistence, to: &server.output)
        } else if answer.status == .goOn {
            server.output += ResponseTable.goOn
        } else {
            server.responses.append(answer.status, answer.persistence, to: &server.output)
        }
        if answer.isCounted { server.record { $0.answered(answer.status) } }
    }

    /// Called by the server: the first waiting answer is due, or the lingering is over.
    func timerFired() {
        timer = nil
        guard !connection.isClosing else { return }
        guard state != .lingering else { return connection.close() }
        let now = server.loop.now
        while let first = firstWaiting, let deadline = first.deadline, deadline <= now {
            append(first)
            waitingHead += 1
        }
        if waitingHead == waiting.count {
            waiting.removeAll(keepingCapacity: waiting.count <= 16)
            waitingHead = 0
        } else {
            if waitingHead > SinkLimits.answersWaitingMax {
                waiting.removeFirst(waitingHead)
                waitingHead = 0
            }
            scheduleFirst()
        }
        flush()
        readOnIfPossible()
    }

    /// Writes the output of this turn, and ends the connection when that was all.
    private func flush() {
        guard !connection.isClosing else { return server.output.removeAll(keepingCapacity: true) }
        do throws(LoopError) {
            if !server.output.isEmpty {
                // Taken out, as a span of a property of an object cannot be passed on.
                var output: [UInt8] = []
                swap(&output, &server.output)
                defer {
                    output.removeAll(keepingCapacity: true)
                    swap(&output, &server.output)
                }
                server.record { $0.counts.bytesOut += output.count }
                try connection.write(output.span)
            }
            if state == .finishing, waiting.isEmpty { try linger() }
        } catch {
            connection.close()
        }
    }

    private func linger() throws(LoopError) {
        state = .lingering
        // What arrives from here on is read and dropped, so that closing does not reset the
        // connection.
        try connection.shutdown()
        if peerHasEnded, connection.queuedByteCount == 0 { return connection.close() }
        timer = server.schedule(id, at: server.loop.now + SinkLimits.lingerMilliseconds)
    }

    // MARK: - Holding back a client that pipelines without reading

    private var isOverfull: Bool {
        waiting.count - waitingHead > SinkLimits.answersWaitingMax
            || connection.queuedByteCount > SinkLimits.outputBytesMax
    }

    private func holdBackIfNeeded() {
        if !connection.isClosing, connection.isReading, isOverfull { connection.stopReading() }
    }

    private func readOnIfPossible() {
        guard !connection.isClosing, !connection.isReading, state == .open, !isOverfull else {
            return
        }
        do throws(LoopError) { try server.startReading(connection, handler: self) } catch {
            connection.close()
        }
    }
}
