import Engine
import Structures

/// What may happen to a request between its start and its completion.
enum Fate: Int, CaseIterable {
    /// Processed, and the 2xx arrives.
    case accepted
    /// 429 or 503, mostly with Retry-After: not processed.
    case busy
    /// 500: not processed.
    case serverError
    /// 502 or 504: a gateway lost the answer, the receiver may have processed it.
    case gatewayError
    /// A status that says never again.
    case rejected
    /// No connection: nothing left.
    case noConnection
    /// The connection ended before any byte left.
    case resetBefore
    /// It left and was lost on its way.
    case lostOnTheWay
    /// It was processed, and the answer was lost.
    case answerLost
    /// No answer in time; processed or not, perhaps only after the transport gave up.
    case timedOut
    /// The address may not be dialled.
    case addressRefused
}

/// How providers and the network behave during one run.
struct Weather {
    /// How often each fate, in the order of `Fate.allCases`.
    private let weights: [Int]
    private let total: Int
    /// The longest usual time to an answer.
    var latencyNanosecondsMax: Int64
    /// The timeout of every target.
    var timeoutMilliseconds: Int
    let retryAfterSecondsMax: Int
    /// Hosts whose number is a multiple of this answer ten times slower, and some too late; 0 for
    /// none.
    var slowHostEach: Int

    /// Every request is accepted, at once or nearly so.
    static let calm = Weather()

    private init() {
        weights = [1]
        total = 1
        latencyNanosecondsMax = SimulationLimits.millisecond
        timeoutMilliseconds = 1_000
        retryAfterSecondsMax = 1
        slowHostEach = 0
    }

    init(using generator: inout SeededGenerator) {
        var weights = Array(repeating: 0, count: Fate.allCases.count)
        weights[Fate.accepted.rawValue] = 100
        // Calm, troubled by a few kinds of failure, or a storm of all of them.
        switch generator.draw(0...5) {
        case 0: break
        case 1...3:
            for _ in 0..<generator.draw(1...4) {
                weights[generator.draw(1...weights.count - 1)] += generator.pick([3, 20, 100])
            }
        default:
            weights[Fate.accepted.rawValue] = generator.pick([5, 30, 100])
            for fate in 1..<weights.count { weights[fate] = generator.draw(0...20) }
        }
        self.weights = weights
        total = weights.reduce(0, +)
        latencyNanosecondsMax =
            Int64(generator.pick([1, 5, 50, 400])) * SimulationLimits.millisecond
        // What answers in the usual time is in time.
        timeoutMilliseconds = max(
            generator.pick([100, 1_000]),
            Int(latencyNanosecondsMax / SimulationLimits.millisecond))
        retryAfterSecondsMax = generator.pick([1, 1, 1, 3])
        slowHostEach = generator.pick([0, 2, 5])
    }

    var timeoutNanoseconds: Int64 {
        Int64(timeoutMilliseconds) * SimulationLimits.millisecond
    }

    func drawFate(using generator: inout SeededGenerator) -> Fate {
        var rest = generator.draw(0...total - 1)
        for fate in Fate.allCases {
            rest -= weights[fate.rawValue]
            if rest < 0 { return fate }
        }
        return .accepted
    }
}
