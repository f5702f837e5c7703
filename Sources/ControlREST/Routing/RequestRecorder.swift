import Metrics

/// Counts requests by route and status, and times them.
struct RequestRecorder: Sendable {
    func record(route: Route, status: Int, duration: Duration) {
        let dimensions = [("route", route.name), ("status", "\(status)")]
        Counter(label: "fanfare_http_requests_total", dimensions: dimensions).increment()
        let (seconds, attoseconds) = duration.components
        Metrics.Timer(
            label: "fanfare_http_request_duration_seconds", dimensions: [("route", route.name)]
        ).recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
