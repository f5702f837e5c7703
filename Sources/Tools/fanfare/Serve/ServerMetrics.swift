import Metrics
import PrometheusMetrics
import SendPlans

/// The metrics of a server: what they are, and what is collected at a scrape.
enum ServerMetrics {
    /// Makes the registry and gives it to swift-metrics; once per process, before anything counts.
    static func install() -> MetricsRegistry {
        let registry = MetricsRegistry()
        registry.describe("fanfare_http_requests_total", "Requests to the API by route and status.")
        registry.describe(
            "fanfare_http_request_duration_seconds",
            "How long requests to the API took, until their answer began.")
        registry.addCollector { page in
            page.gauge(
                "fanfare_build_info", "Which Fanfare this is; always 1.", 1,
                labels: [("version", Product.version)])
            ProcessFigures.collect(into: &page)
        }
        MetricsSystem.bootstrap(registry)
        return registry
    }
}
