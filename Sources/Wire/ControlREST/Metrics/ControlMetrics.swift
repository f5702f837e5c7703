import CampaignLife
package import Control
import ControlDirectory
package import PrometheusMetrics

/// What the control plane and its engine do, as Prometheus reads it.
///
/// Labels have few values: words of the program, and the ids of apps. What counts up does so since
/// the process began.
package enum ControlMetrics {
    /// Adds everything to a scrape.
    package static func collect(_ control: ControlPlane, into page: inout Exposition) async {
        let figures = await control.figures.read()
        addSends(figures, to: &page)
        addDeliveries(figures, to: &page)
        addLimits(figures.engine, to: &page)
        addPages(figures, to: &page)
        addQueues(figures, to: &page)
        addCampaigns(figures, to: &page)
        addQuotas(figures.stored?.quotas ?? [], to: &page)
    }

    private static func addSends(_ figures: ServerFigures, to page: inout Exposition) {
        let engine = figures.engine
        page.counter(
            "fanfare_sends_total", "Requests handed to the transport, repeated ones included.",
            Double(engine.attempts))
        page.counter(
            "fanfare_send_retries_total", "Requests that are to be repeated later.",
            Double(engine.retries))
        page.histogram(
            "fanfare_send_duration_seconds",
            "How long requests were on the wire, whatever they were answered.",
            HistogramValue(engine.sendTimes))
        page.gauge("fanfare_sends_in_flight", "Requests on the wire.", Double(engine.inFlight))
        page.gauge(
            "fanfare_sends_in_flight_limit", "Requests that may be on the wire at once.",
            Double(figures.inFlightMax))
        page.counter(
            "fanfare_delivery_body_bytes_total", "Bytes of the bodies of all requests.",
            Double(engine.bodyBytes))
    }

    private static func addDeliveries(_ figures: ServerFigures, to page: inout Exposition) {
        for (outcome, count) in figures.engine.outcomes {
            page.counter(
                "fanfare_deliveries_total", "Deliveries that have ended, by status and reason.",
                Double(count), labels: [("status", outcome.status), ("reason", outcome.reason)])
        }
        page.gauge(
            "fanfare_deliveries_pending",
            "Deliveries of running campaigns that have not ended.", Double(figures.pending))
    }

    private static func addLimits(_ engine: EngineFigures, to page: inout Exposition) {
        for wait in engine.limitWaits {
            let labels = [("limit", wait.limit), ("kind", wait.kind)]
            page.counter(
                "fanfare_limit_waits_total",
                "Turns of a campaign on a thread in which a limit left work undone.",
                Double(wait.turns), labels: labels)
            page.counter(
                "fanfare_limit_wait_seconds_total",
                "How long a limit held campaigns up, summed over campaigns and threads.",
                wait.seconds, labels: labels)
        }
    }

    private static func addPages(_ figures: ServerFigures, to page: inout Exposition) {
        let pages = figures.pages
        page.counter(
            "fanfare_pages_claimed_total", "Pages of recipients that threads were given.",
            Double(pages.claimed))
        page.counter(
            "fanfare_pages_finished_total", "Pages that came back with every delivery ended.",
            Double(pages.finished))
        page.counter(
            "fanfare_pages_returned_total", "Pages that came back to be claimed again.",
            Double(pages.returned))
        page.gauge("fanfare_pages_open", "Pages that threads hold.", Double(pages.open))
        page.histogram(
            "fanfare_store_commit_duration_seconds",
            "How long it took to make a batch of claims and results of a campaign durable.",
            HistogramValue(figures.commitTimes))
    }

    private static func addQueues(_ figures: ServerFigures, to page: inout Exposition) {
        for queue in figures.queues {
            page.gauge(
                "fanfare_queue_depth",
                "What waits: recipients (ready, retry, host, quota), requests, segments.",
                Double(queue.depth), labels: [("queue", queue.name)])
        }
        guard let stored = figures.stored else { return }
        page.gauge(
            "fanfare_events_waiting", "Messages to event webhooks that have to be sent.",
            Double(stored.eventsWaiting))
    }

    private static func addCampaigns(_ figures: ServerFigures, to page: inout Exposition) {
        guard let stored = figures.stored, let bytes = figures.storageBytes else { return }
        for (status, count) in stored.campaigns {
            page.gauge(
                "fanfare_campaigns", "Campaigns by status.", Double(count),
                labels: [("status", status.rawValue)])
        }
        page.gauge(
            "fanfare_campaign_recipients", "Recipients of all campaigns that were launched.",
            Double(stored.recipients))
        page.gauge(
            "fanfare_campaign_storage_bytes", "Bytes of the files of all campaigns.",
            Double(bytes))
    }

    private static func addQuotas(
        _ quotas: [(app: String, month: QuotaAccount.Figures)], to page: inout Exposition
    ) {
        for (app, month) in quotas {
            let labels = [("app", app)]
            page.gauge(
                "fanfare_quota_limit_messages", "Messages that an app may send this month.",
                Double(month.limit), labels: labels)
            page.gauge(
                "fanfare_quota_used_messages", "Messages that an app has sent this month.",
                Double(month.used), labels: labels)
            page.gauge(
                "fanfare_quota_reserved_messages",
                "Messages of this month that pages under way may still use.",
                Double(month.reserved), labels: labels)
        }
    }
}

extension HistogramValue {
    fileprivate init(_ times: TimeDistribution) {
        self.init(bounds: times.bounds, counts: times.counts, sum: times.sum)
    }
}
