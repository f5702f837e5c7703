package import CoreMetrics
import Structures

/// Every metric of the process: what code counts by way of swift-metrics, and what collectors know
/// at the moment of a scrape.
///
/// A handler is made once for a name and its labels, and is the same for all who ask; to use it
/// costs an atomic addition, a histogram a short lock. A name whose kind changes and a series
/// beyond `MetricsLimits.seriesPerMetric` get a handler that keeps nothing.
package final class MetricsRegistry: MetricsFactory, Sendable {
    /// Adds the figures of one part of the program to a scrape.
    package typealias Collector = @Sendable (inout Exposition) async -> Void

    private struct State {
        var series: [String: [LabelSet: any Series]] = [:]
        var help: [String: String] = [:]
        var bounds: [String: [Double]] = [:]
        var collectors: [Collector] = []
        var refused: UInt64 = 0
    }

    private let state = Guarded(State())

    /// A registry without metrics and collectors.
    package init() {}

    /// Says what a metric is, and in which buckets it is counted if it is a histogram; before the
    /// metric is used.
    package func describe(_ name: String, _ help: String, bounds: [Double]? = nil) {
        let name = MetricText.name(name)
        state.withLock { state in
            state.help[name] = help
            if let bounds { state.bounds[name] = bounds }
        }
    }

    /// Adds figures that are asked for at each scrape, after those that were added before.
    package func addCollector(_ collector: @escaping Collector) {
        state.withLock { $0.collectors.append(collector) }
    }

    /// All figures of this moment, in the text format 0.0.4.
    package func text() async -> String {
        var page = Exposition()
        let (series, help, collectors, refused) = state.withLock { state in
            (state.series, state.help, state.collectors, state.refused)
        }
        for (name, members) in series {
            for (labels, member) in members {
                page.add(name, type(of: member).kind, help[name], labels, member.sample)
            }
        }
        for collector in collectors { await collector(&page) }
        page.counter(
            "metrics_series_refused_total",
            "Series that were not kept: too many of a metric, or a name of another kind.",
            Double(refused + page.refused))
        return page.text
    }

    /// The handler of a series; nil when it cannot be kept.
    private func find<Member: Series>(
        _ label: String, _ dimensions: [(String, String)],
        make: (SeriesPlace, _ bounds: [Double]?) -> Member
    ) -> Member? {
        let place = SeriesPlace(name: MetricText.name(label), labels: LabelSet(dimensions))
        return state.withLock { state -> Member? in
            if let known = state.series[place.name]?[place.labels] {
                if let member = known as? Member { return member }
                state.refused += 1
                return nil
            }
            let others = state.series[place.name]
            guard others != nil || state.series.count < MetricsLimits.metrics,
                others?.count ?? 0 < MetricsLimits.seriesPerMetric,
                others?.values.first.map({ $0 is Member }) ?? true
            else {
                state.refused += 1
                return nil
            }
            let member = make(place, state.bounds[place.name])
            state.series[place.name, default: [:]][place.labels] = member
            return member
        }
    }

    /// Forgets a series; a handler that keeps nothing is none.
    private func remove(_ handler: AnyObject) {
        guard let member = handler as? any Series else { return }
        state.withLock { state in
            guard state.series[member.place.name]?[member.place.labels] === member else { return }
            state.series[member.place.name]?[member.place.labels] = nil
        }
    }
}

extension MetricsRegistry {
    /// The handler of a counter; one that keeps nothing where the series cannot be kept.
    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        find(label, dimensions) { place, _ in CounterSeries(place) } ?? NOOPMetricsHandler.instance
    }

    /// The handler of a counter of fractions, likewise.
    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        find(label, dimensions) { place, _ in FloatingPointCounterSeries(place) }
            ?? NOOPMetricsHandler.instance
    }

    /// The handler of a gauge, likewise.
    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        find(label, dimensions) { place, _ in GaugeSeries(place) } ?? NOOPMetricsHandler.instance
    }

    /// The handler of a histogram, in the buckets that were described or `HistogramBounds.counts`;
    /// of a gauge when the values are not to be put together.
    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        guard aggregate else {
            return find(label, dimensions) { place, _ in GaugeSeries(place) }
                ?? NOOPMetricsHandler.instance
        }
        return find(label, dimensions) { place, bounds in
            HistogramSeries(place, bounds: bounds ?? HistogramBounds.counts)
        } ?? NOOPMetricsHandler.instance
    }

    /// The handler of a histogram of times in seconds, in the buckets that were described or
    /// `HistogramBounds.seconds`.
    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        find(label, dimensions) { place, bounds in
            HistogramSeries(place, bounds: bounds ?? HistogramBounds.seconds)
        } ?? NOOPMetricsHandler.instance
    }

    /// Forgets the series of a handler: the next scrape has it no more.
    package func destroyCounter(_ handler: any CounterHandler) { remove(handler) }

    /// Forgets the series of a handler, likewise.
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {
        remove(handler)
    }

    /// Forgets the series of a handler, likewise.
    package func destroyMeter(_ handler: any MeterHandler) { remove(handler) }

    /// Forgets the series of a handler, likewise.
    package func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }

    /// Forgets the series of a handler, likewise.
    package func destroyTimer(_ handler: any TimerHandler) { remove(handler) }
}
