import Structures

/// What becomes of a request.
enum RequestFate: Equatable {
    /// It is answered after `delayMilliseconds`.
    case answer(HTTPStatus, delayMilliseconds: UInt64)
    /// It is never answered.
    case stall
    /// Its connection is reset.
    case reset
}

/// Decides the fate of each request, in the order in which requests are completely read.
///
/// Each kind of choice has a random stream of its own, so that changing the latency, say, leaves
/// the sequence of statuses as it is.
struct ProviderBehaviour {
    private let latency: LatencyModel
    private let responses: ResponseMix
    private let reset: Double
    private let resetOrStall: Double
    private var fates: SeededGenerator
    private var statuses: SeededGenerator
    private var latencies: SeededGenerator

    init(_ configuration: SinkConfiguration) {
        latency = configuration.latency
        responses = configuration.responses
        reset = configuration.resetProbability.value
        resetOrStall = reset + configuration.stallProbability.value
        fates = SeededGenerator(seed: configuration.seed, stream: 0)
        statuses = SeededGenerator(seed: configuration.seed, stream: 1)
        latencies = SeededGenerator(seed: configuration.seed, stream: 2)
    }

    mutating func next() -> RequestFate {
        if resetOrStall > 0 {
            let number = fates.unit()
            if number < reset { return .reset }
            if number < resetOrStall { return .stall }
        }
        return .answer(
            responses.draw(&statuses), delayMilliseconds: latency.draw(&latencies))
    }
}
