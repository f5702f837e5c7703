import PrometheusMetrics
import Testing

@Suite struct CollectorTests {
    @Test func collectorsAreAskedAtEachScrape() async throws {
        let registry = MetricsRegistry()
        let counts = Counts()
        registry.addCollector { page in
            page.gauge("depth", "Waiting.", await counts.next(), labels: [("queue", "a")])
            page.histogram(
                "latency_seconds", "Latency.",
                HistogramValue(bounds: [0.5, 1], counts: [1, 0, 2], sum: 7.5),
                labels: [("provider", "webhook")])
        }
        #expect(try await TextFormat(registry.text()).value("depth", ["queue": "a"]) == 1)
        let text = await registry.text()
        #expect(
            text.hasPrefix(
                """
                # HELP depth Waiting.
                # TYPE depth gauge
                depth{queue="a"} 2
                # HELP latency_seconds Latency.
                # TYPE latency_seconds histogram
                latency_seconds_bucket{provider="webhook",le="0.5"} 1
                latency_seconds_bucket{provider="webhook",le="1"} 1
                latency_seconds_bucket{provider="webhook",le="+Inf"} 3
                latency_seconds_sum{provider="webhook"} 7.5
                latency_seconds_count{provider="webhook"} 3

                """))
        _ = try TextFormat(text)
    }

    @Test func aSeriesThatIsGivenTwiceStandsOnce() throws {
        var page = Exposition()
        page.counter("n_total", "N.", 1, labels: [("a", "1")])
        page.counter("n_total", "N.", 2, labels: [("a", "1")])
        #expect(try TextFormat(page.text).value("n_total", ["a": "1"]) == 1)
    }

    @Test func theProcessSaysWhatItUses() throws {
        var page = Exposition()
        ProcessFigures.collect(into: &page)
        let text = try TextFormat(page.text)
        for name in [
            "process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds",
            "process_max_fds", "process_start_time_seconds",
        ] {
            #expect(try #require(text.value(name)) > 0, "\(name)")
            #expect(text.help[name] != nil)
        }
        // 2020: a start that was not taken for one in ticks since the machine's own.
        #expect(try #require(text.value("process_start_time_seconds")) > 1_577_836_800)
    }

    @Test func anObservationBelongsToTheBucketWhoseBoundItEquals() {
        var value = HistogramValue(bounds: [1, 2])
        for observed in [0, 1, 1.5, 2, 2.5] { value.observe(observed) }
        #expect(value.counts == [2, 2, 1])
        #expect(value.sum == 7)
        #expect(value.count == 5)
    }

    private actor Counts {
        private var count = 0.0

        func next() -> Double {
            count += 1
            return count
        }
    }
}
