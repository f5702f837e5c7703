import CurlTransport
import Engine
import Runtime
import SendPlans
import Structures
import UVLoop

// Carries messages by the same transport as deliveries, on a loop and thread of its own, so that
// neither waits for the other. It has what user-supplied URLs need and a general HTTP client lacks:
// the check of the address that is dialled, no redirects, no proxy of the environment.
//
// 1. The thread alone touches the loop, the transport and the flights. Others reach it through
//    `inbox` and the wake-up.
// 2. Every `send` is answered exactly once: with what the receiver answered, or with nil when that
//    was not seen before the carrier was closed.
// 3. Callers send at most `EventLimits.inFlightMax` at one time.

/// Sends requests of event webhooks and says how they ended.
final class EventCarrier: Sendable {
    private struct Job: Sendable {
        let request: EventRequest
        let answer: CheckedContinuation<TransferResult?, Never>
    }

    private struct Inbox: Sendable {
        var jobs: [Job] = []
        var isClosed = false
    }

    private let inbox: Box
    private let thread: StartedThread<LoopWakeUp, any Error>

    /// Starts the thread, and waits until it takes requests.
    ///
    /// - Throws: Why it cannot: libcurl is not usable, or there is no thread or loop.
    convenience init(allowsPrivateNetworks: Bool) throws {
        try self.init(target: .event(allowsPrivateNetworks: allowsPrivateNetworks))
    }

    /// Starts the thread for requests to one target.
    init(target: TargetSpecification) throws {
        let inbox = Box()
        self.inbox = inbox
        thread = try StartedThread(cannotStart: { $0 }) { ready in
            try Self.main(inbox, target, ready)
        }
    }

    /// Sends a request.
    ///
    /// - Returns: How it ended; nil when the carrier was closed before that was seen.
    func send(_ request: EventRequest) async -> TransferResult? {
        await withCheckedContinuation { answer in
            let isTaken = inbox.state.withLock { inbox in
                if !inbox.isClosed { inbox.jobs.append(Job(request: request, answer: answer)) }
                return !inbox.isClosed
            }
            if isTaken { thread.ready.send() } else { answer.resume(returning: nil) }
        }
    }

    /// Ends what is on the wire, and the thread; blocks until that is done.
    func close() {
        inbox.state.withLock { $0.isClosed = true }
        thread.ready.send()
        thread.join()
    }

    // MARK: On the thread

    private static func main(
        _ inbox: Box, _ specification: TargetSpecification, _ ready: (LoopWakeUp) -> Void
    ) throws {
        let loop = try EventLoop()
        defer { loop.close() }
        let wakeUp = try LoopWakeUp(loop) { _ in }
        let carrier = try ServerTransport.onLoop(loop, flightsMax: EventLimits.inFlightMax)
        defer { carrier.close() }
        let target = try carrier.prepare(specification)
        ready(wakeUp)
        run(loop, carrier, target, inbox)
    }

    private static func run(
        _ loop: EventLoop, _ carrier: ServerTransport, _ target: TargetID, _ inbox: Box
    ) {
        var flights = Flights()
        var isClosed = false
        while !isClosed {
            carrier.kick()
            loop.run(carrier.hasActivity ? .nowait : .once)
            while let result = carrier.nextCompletion()?.result {
                flights.end(result.flight).resume(returning: result)
            }
            let (jobs, closes) = inbox.state.withLock { inbox in
                defer { inbox.jobs = [] }
                return (inbox.jobs, inbox.isClosed)
            }
            isClosed = closes
            for job in jobs {
                if closes {
                    job.answer.resume(returning: nil)
                } else {
                    flights.begin(job.request, answer: job.answer, carrier, target)
                }
            }
        }
        carrier.close()
        while let result = carrier.nextCompletion()?.result {
            flights.end(result.flight).resume(
                returning: result.failure == .none ? result : nil)
        }
    }

    private final class Box: Sendable {
        let state = Guarded(Inbox())
    }
}

/// What is on the wire: each request's bytes, which stay in place until it has ended.
///
/// Of the carrier's thread alone.
private struct Flights {
    // SAFETY: the bytes stay in place until the carrier has ended the flight, and are freed with it
    // once.
    private struct Flight {
        let answer: CheckedContinuation<TransferResult?, Never>
        let request: StoredRequest
    }

    private var flights = [Flight?](repeating: nil, count: EventLimits.inFlightMax)

    mutating func begin(
        _ request: EventRequest, answer: CheckedContinuation<TransferResult?, Never>,
        _ carrier: ServerTransport, _ target: TargetID
    ) {
        guard let place = flights.firstIndex(where: { $0 == nil }) else {
            preconditionFailure("more event messages were sent at one time than may be")
        }
        let flight = FlightID(UInt32(place))
        guard
            let stored = StoredRequest(
                url: request.url, fieldValues: request.fieldValues, body: request.body)
        else {
            return answer.resume(
                returning: TransferResult(
                    flight: flight, status: 0, failure: .urlInvalid, transportCode: 0,
                    requestLeft: false, wireAttempts: 0, retryAfterSeconds: -1))
        }
        flights[place] = Flight(answer: answer, request: stored)
        carrier.start(flight, stored.request(to: target))
    }

    /// Frees a flight's place and bytes.
    mutating func end(_ flight: FlightID) -> CheckedContinuation<TransferResult?, Never> {
        let place = Int(flight.rawValue)
        guard let ended = flights[place] else {
            preconditionFailure("an event message ended twice")
        }
        flights[place] = nil
        return ended.answer
    }
}

/// One attempt's request.
struct EventRequest: Sendable {
    let url: String
    /// The values of `fieldNames`.
    let fieldValues: [String]
    let body: [UInt8]

    static let fieldNames = ["webhook-id", "webhook-timestamp", "webhook-signature"]
}

extension TargetSpecification {
    /// What all requests of event webhooks share.
    fileprivate static func event(allowsPrivateNetworks: Bool) -> TargetSpecification {
        TargetSpecification(
            url: nil, method: "POST",
            fields: [
                HeaderField("Content-Type", "application/json"),
                HeaderField("User-Agent", Product.userAgent),
            ],
            requestFieldNames: EventRequest.fieldNames,
            timeoutMilliseconds: EventLimits.timeoutMilliseconds,
            connectTimeoutMilliseconds: EventLimits.timeoutMilliseconds,
            allowsPrivateNetworks: allowsPrivateNetworks, forbidsResend: false)
    }
}
