import CurlTransport
import Engine
import Glibc
import Testing
import UVLoop

/// What a completion held of an answer, copied.
struct KeptAnswer {
    let body: String
    let isBodyWhole: Bool
    /// The first fields; empty where there is none.
    let fields: [String]

    init(_ answer: TransferAnswer) {
        body = unsafe String(decoding: answer.body, as: UTF8.self)
        isBodyWhole = answer.isBodyWhole
        fields = (0..<EngineLimits.answerFieldsMax).map { index in
            unsafe String(decoding: answer.field(index), as: UTF8.self)
        }
    }
}

/// A copy of a text's bytes that stays where it is.
@safe
private final class Bytes {
    let bytes: UnsafeMutableRawBufferPointer

    init(_ text: String) {
        unsafe bytes = .allocate(byteCount: text.utf8.count, alignment: 1)
        unsafe bytes.copyBytes(from: text.utf8)
    }

    deinit { unsafe bytes.deallocate() }
}

/// A loop with a transport, driven as a shard drives it.
final class TransportHarness {
    let loop: EventLoop
    let transport: CurlCarrier
    private var requests: [UInt32: StoredRequest] = [:]
    private var authorities: [UInt32: Bytes] = [:]
    /// What was kept of the answers, by flight.
    private(set) var answers: [UInt32: KeptAnswer] = [:]
    private let watchdog: LoopTimer

    init(flightsMax: Int = 64, _ change: (inout CurlTransportOptions) -> Void = { _ in }) throws {
        _ = Self.environment
        var options = CurlTransportOptions(flightsMax: flightsMax)
        change(&options)
        let loop = try EventLoop()
        self.loop = loop
        transport = try CurlCarrier(loop: loop, options: options)
        // Ends a test that would otherwise wait for ever; no test depends on when it fires.
        let expired = Flag()
        watchdog = LoopTimer(loop) { _ in expired.isSet = true }
        watchdog.start(afterMilliseconds: 30_000)
        self.expired = expired
    }

    private final class Flag { var isSet = false }
    private let expired: Flag

    /// A proxy that nobody must use: were the environment heeded, every test would fail.
    private static let environment: Int32 = {
        _ = unsafe setenv("http_proxy", "http://127.0.0.1:1", 1)
        return unsafe setenv("ALL_PROXY", "http://127.0.0.1:1", 1)
    }()

    func target(
        _ url: String?, fields: [HeaderField] = [], requestFieldNames: [String] = [],
        method: String = "POST", answer: AnswerParts = AnswerParts(),
        timeoutMilliseconds: Int = 20_000, connectTimeoutMilliseconds: Int = 10_000,
        allowsPrivateNetworks: Bool = true, forbidsResend: Bool = false
    ) throws -> TargetID {
        try transport.prepare(
            TargetSpecification(
                url: url, method: method, fields: fields, requestFieldNames: requestFieldNames,
                answer: answer, timeoutMilliseconds: timeoutMilliseconds,
                connectTimeoutMilliseconds: connectTimeoutMilliseconds,
                allowsPrivateNetworks: allowsPrivateNetworks, forbidsResend: forbidsResend))
    }

    /// Starts a flight; its bytes are kept until its result is taken.
    func start(
        _ flight: UInt32, _ target: TargetID, url: String? = nil, fields: [String] = [],
        body: String = "{}"
    ) {
        guard let request = StoredRequest(url: url, fieldValues: fields, body: Array(body.utf8))
        else { preconditionFailure("A request was started with a URL that is none.") }
        requests[flight] = request
        transport.start(FlightID(flight), request.request(to: target))
    }

    /// Starts a flight to an authority that no URL may have had.
    func start(_ flight: UInt32, _ target: TargetID, authority: String) {
        guard let stored = StoredRequest(url: "http://a.test/", body: []) else {
            preconditionFailure("A URL is none.")
        }
        requests[flight] = stored
        let bytes = Bytes(authority)
        authorities[flight] = bytes
        var request = stored.request(to: target)
        unsafe request.address?.authority = UnsafeRawBufferPointer(bytes.bytes)
        transport.start(FlightID(flight), request)
    }

    /// One turn of the loop, and the results that it brought.
    func turn() -> [TransferResult] {
        transport.kick()
        loop.run(transport.hasActivity ? .nowait : .once)
        return takeAll()
    }

    func takeAll() -> [TransferResult] {
        var results: [TransferResult] = []
        while let completion = transport.nextCompletion() {
            let flight = completion.result.flight.rawValue
            requests[flight] = nil
            authorities[flight] = nil
            answers[flight] = KeptAnswer(completion.answer)
            results.append(completion.result)
        }
        return results
    }

    /// Runs until so many flights have ended.
    func results(_ count: Int) -> [TransferResult] {
        var results: [TransferResult] = []
        while results.count < count, !expired.isSet { results += turn() }
        #expect(!expired.isSet, "Flights did not end.")
        return results
    }

    /// Runs until something holds.
    func run(until condition: () -> Bool) {
        while !condition(), !expired.isSet {
            transport.kick()
            loop.run(.nowait)
            usleep(200)
        }
        #expect(!expired.isSet, "The condition never held.")
    }

    /// Sends one request and gives its result.
    func send(
        _ target: TargetID, url: String? = nil, fields: [String] = [], body: String = "{}"
    ) throws -> TransferResult {
        start(0, target, url: url, fields: fields, body: body)
        return try #require(results(1).first)
    }

    /// Closes transport and loop; what was still in flight ends here.
    func close() {
        transport.close()
        _ = takeAll()
        watchdog.close()
        // One turn is enough for the close callbacks: the transport leaves no handle open.
        loop.run(.nowait)
        loop.close(remainingHandles: .forbid)
    }
}

/// Runs a test's body with a server and a harness, which are closed afterwards.
func withTransport(
    _ server: ScriptedServer, flightsMax: Int = 64,
    _ change: (inout CurlTransportOptions) -> Void = { _ in },
    _ body: (TransportHarness) throws -> Void
) throws {
    let harness = try TransportHarness(flightsMax: flightsMax, change)
    defer {
        harness.close()
        server.stop()
    }
    try body(harness)
}
