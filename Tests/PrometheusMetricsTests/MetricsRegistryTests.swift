import CoreMetrics
import PrometheusMetrics
import Testing

@Suite struct MetricsRegistryTests {
    /// Ends every text: what the registry says of itself.
    static let refused = """
        # HELP metrics_series_refused_total Series that were not kept: too many of a metric, or a \
        name of another kind.
        # TYPE metrics_series_refused_total counter
        metrics_series_refused_total
        """

    @Test func countersGaugesAndHistogramsStandInTheOrderOfTheirNames() async throws {
        let registry = MetricsRegistry()
        registry.describe("requests_total", "Requests by route.")
        registry.describe("seconds", "How long it took.", bounds: [0.1, 1])
        Timer(label: "seconds", dimensions: [], factory: registry).recordNanoseconds(100_000_000)
        Timer(label: "seconds", dimensions: [], factory: registry).recordNanoseconds(2_500_000_000)
        let other = [("status", "200"), ("route", "b")]
        Counter(label: "requests_total", dimensions: other, factory: registry).increment()
        let labels = [("route", "a"), ("status", "200")]
        Counter(label: "requests_total", dimensions: labels, factory: registry).increment(by: 2)
        FloatingPointCounter(label: "cost_total", dimensions: [], factory: registry)
            .increment(by: 0.25)
        Meter(label: "depth", dimensions: [], factory: registry).set(-3)
        #expect(
            await registry.text() == """
                # TYPE cost_total counter
                cost_total 0.25
                # TYPE depth gauge
                depth -3
                \(Self.refused) 0
                # HELP requests_total Requests by route.
                # TYPE requests_total counter
                requests_total{route="a",status="200"} 2
                requests_total{route="b",status="200"} 1
                # HELP seconds How long it took.
                # TYPE seconds histogram
                seconds_bucket{le="0.1"} 1
                seconds_bucket{le="1"} 1
                seconds_bucket{le="+Inf"} 2
                seconds_sum 2.6
                seconds_count 2

                """)
        _ = try await TextFormat(registry.text())
    }

    @Test func theSameLabelsInAnotherOrderAreTheSameSeries() async throws {
        let registry = MetricsRegistry()
        for dimensions in [[("a", "1"), ("b", "2")], [("b", "2"), ("a", "1")]] {
            Counter(label: "n", dimensions: dimensions, factory: registry).increment()
        }
        #expect(try await TextFormat(registry.text()).value("n", ["a": "1", "b": "2"]) == 2)
    }

    @Test func valuesOfLabelsAndHelpAreEscapedAndComeBackAsTheyWere() async throws {
        let registry = MetricsRegistry()
        let value = "a \"quoted\" \\ back\nslash ü,}="
        registry.describe("odd.name-1", "a \\ b\nc \"d\"")
        Counter(label: "odd.name-1", dimensions: [("9 l", value)], factory: registry).increment()
        let text = await registry.text()
        #expect(text.contains(#"# HELP odd_name_1 a \\ b\nc "d""#))
        #expect(text.contains(#"odd_name_1{_9_l="a \"quoted\" \\ back\nslash ü,}="} 1"#))
        #expect(try TextFormat(text).value("odd_name_1", ["_9_l": value]) == 1)
    }

    @Test func numbersThatAreNoFiguresAreWrittenAsPrometheusReadsThem() async throws {
        let registry = MetricsRegistry()
        for (label, value) in [("a", Double.infinity), ("b", -.infinity), ("c", .nan)] {
            Recorder(label: label, dimensions: [], aggregate: false, factory: registry)
                .record(value)
        }
        let text = await registry.text()
        for line in ["a +Inf", "b -Inf", "c NaN"] { #expect(text.contains("\n\(line)\n")) }
        _ = try TextFormat(text)
    }

    @Test func moreSeriesThanAMetricMayHaveAreCountedAndNotKept() async throws {
        let registry = MetricsRegistry()
        for index in 0..<MetricsLimits.seriesPerMetric + 5 {
            Counter(label: "n", dimensions: [("i", "\(index)")], factory: registry).increment()
        }
        let page = try await TextFormat(registry.text())
        #expect(page.samples.count { $0.name == "n" } == MetricsLimits.seriesPerMetric)
        #expect(page.value("metrics_series_refused_total") == 5)
    }

    @Test func aNameKeepsItsKind() async throws {
        let registry = MetricsRegistry()
        Counter(label: "n", dimensions: [], factory: registry).increment()
        Meter(label: "n", dimensions: [("a", "1")], factory: registry).set(7)
        registry.addCollector { page in page.gauge("n", "Other.", 1, labels: [("b", "1")]) }
        let page = try await TextFormat(registry.text())
        #expect(page.types["n"] == "counter")
        #expect(page.samples.count { $0.name == "n" } == 1)
        #expect(page.value("metrics_series_refused_total") == 2)
    }

    @Test func aDestroyedSeriesIsGoneAndStartsAnew() async throws {
        let registry = MetricsRegistry()
        let counter = registry.makeCounter(label: "n", dimensions: [])
        counter.increment(by: 4)
        registry.destroyCounter(counter)
        #expect(try await TextFormat(registry.text()).value("n") == nil)
        Counter(label: "n", dimensions: [], factory: registry).increment()
        #expect(try await TextFormat(registry.text()).value("n") == 1)
    }

    @Test func additionsOfManyThreadsAreAllCounted() async throws {
        let registry = MetricsRegistry()
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    let counter = FloatingPointCounter(
                        label: "cost_total", dimensions: [], factory: registry)
                    let timer = Timer(label: "seconds", dimensions: [], factory: registry)
                    for _ in 0..<5_000 {
                        counter.increment(by: 0.5)
                        timer.recordNanoseconds(1_000_000)
                    }
                }
            }
        }
        let page = try await TextFormat(registry.text())
        #expect(page.value("cost_total") == 20_000)
        #expect(page.value("seconds_count") == 40_000)
    }
}
