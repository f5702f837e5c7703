import ControlTesting
import Testing

/// One reading of `/metrics`, as the text has it.
struct Scrape {
    /// Values by series: `name{a="1",b="2"}`.
    private(set) var values: [String: Double] = [:]
    /// What a metric is, by its name.
    private(set) var types: [String: String] = [:]
    private var helped: Set<String> = []
    private var order: [String] = []

    init(_ text: String) throws {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if line.hasPrefix("# HELP ") {
                helped.insert(String(words[2]))
            } else if line.hasPrefix("# TYPE ") {
                types[String(words[2])] = String(words[3])
            } else {
                let series = words.dropLast().joined(separator: " ")
                let value: Double = try #require(words.last.flatMap { Double($0) }, "\(line)")
                values[series] = value
                order.append(series)
            }
        }
    }

    subscript(series: String) -> Double { values[series] ?? .nan }

    /// The metrics of the program without a line that explains them.
    var unexplained: [String] {
        types.keys.filter { $0.hasPrefix("fanfare_") && !helped.contains($0) }
    }

    /// The sum of the series of a metric that have a label.
    func sum(_ name: String, _ label: String = "") -> Double {
        values.reduce(0) {
            $0 + ($1.key.hasPrefix(name + "{") && $1.key.contains(label) ? $1.value : 0)
        }
    }

    /// The counts of a histogram's buckets, each with what is in those before it.
    func buckets(_ name: String) -> [Double] {
        order.filter { $0.hasPrefix(name + "_bucket{") }.map { self[$0] }
    }

    /// Series that must not fall and are lower than they were before.
    func fallen(since earlier: Scrape) -> [String] {
        earlier.values.keys.filter { series in
            let name = series.prefix { $0 != "{" }
            let suffixes = ["_bucket", "_sum", "_count"]
            let family =
                suffixes.first { name.hasSuffix($0) }.map { name.dropLast($0.count) } ?? name
            let isCounter = types[String(name)] == "counter"
            guard isCounter || types[String(family)] == "histogram" else { return false }
            return !(self[series] >= earlier[series])
        }
    }
}

extension TestServer {
    func scrape() async throws -> Scrape {
        let reply = try await get("/metrics", key: "")
        #expect(reply.status == 200)
        return try Scrape(reply.text)
    }

    /// Waits until a reading is as it should be.
    func scrape(until isReached: (Scrape) -> Bool) async throws -> Scrape {
        var scrape = try await scrape()
        for _ in 0..<1_000 where !isReached(scrape) {
            try await Task.sleep(for: .milliseconds(20))
            scrape = try await self.scrape()
        }
        #expect(isReached(scrape), "\(scrape.values.filter { $0.key.hasPrefix("fanfare_") })")
        return scrape
    }
}
