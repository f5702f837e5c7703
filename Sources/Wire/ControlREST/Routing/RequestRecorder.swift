import ControlOperations
import Metrics
import Structures

/// Counts the requests of a route by status, and times them.
///
/// Handlers are made once per route and status, at the first request: to make one costs a search,
/// to use it an addition.
final class RequestRecorder: Sendable {
    private struct Handlers {
        var timer: Metrics.Timer?
        var counters: [Int: Counter] = [:]
    }

    private let route: String
    private let handlers = Guarded(Handlers())

    init(_ route: Route) { self.route = route.operation.name }

    func record(status: Int, duration: Duration) {
        let (counter, timer) = handlers.withLock { handlers -> (Counter, Metrics.Timer) in
            let counter = self.counter(status, &handlers)
            return (counter, self.timer(&handlers))
        }
        counter.increment()
        let (seconds, attoseconds) = duration.components
        timer.recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    private func counter(_ status: Int, _ handlers: inout Handlers) -> Counter {
        if let known = handlers.counters[status] { return known }
        let new = Counter(
            label: "fanfare_http_requests_total",
            dimensions: [("route", route), ("status", "\(status)")])
        handlers.counters[status] = new
        return new
    }

    private func timer(_ handlers: inout Handlers) -> Metrics.Timer {
        if let known = handlers.timer { return known }
        let new = Metrics.Timer(
            label: "fanfare_http_request_duration_seconds", dimensions: [("route", route)])
        handlers.timer = new
        return new
    }
}
