import Benchmark
import Engine
import Jinja

/// What it costs to write the request of a recipient: its variables, the idempotency key, the body.
func renderBenchmarks(_ audience: BenchmarkAudience) {
    Benchmark("MessageRenderer: a push message, 1,024 recipients") { benchmark in
        let message = audience.message()
        let keyPrefix = IdempotencyKey.prefix(campaign: CampaignID(high: 1, low: 2))
        var renderer = MessageRenderer()
        var buffer = ByteBuffer(capacity: 4_096)
        try audience.pages[0].withUnsafeBytes { blob in
            let page = try AudiencePage(checking: blob)
            benchmark.startMeasurement()
            for index in 0..<page.count {
                let request = try renderer.render(
                    message, recipientAt: index, of: page,
                    ordinal: Ordinal(page: PageIndex(0), index: index), generation: 0,
                    keyPrefix: keyPrefix, into: &buffer)
                blackHole(request.bodyCount)
            }
            benchmark.stopMeasurement()
        }
    }
}
