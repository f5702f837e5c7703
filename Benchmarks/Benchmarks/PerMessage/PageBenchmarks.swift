import Audience
import Benchmark
import Engine
import Jinja

/// What it costs to make pages of an audience, and to read recipients out of them.
func pageBenchmarks(_ audience: BenchmarkAudience) {
    let slotCount = audience.columns.count + 1

    Benchmark("Audience: import of a CSV file in memory, \(audience.recipients) rows") { _ in
        let sink = DiscardedPages()
        blackHole(try BenchmarkAudience.read(audience.csv, into: sink).recipients)
    }

    Benchmark("AudiencePage: check a blob of 1,024 recipients") { _ in
        audience.pages[0].withUnsafeBytes { blob in
            blackHole(try? AudiencePage(checking: blob).count)
        }
    }

    Benchmark("AudiencePage: fill \(slotCount) slots, 1,024 recipients") { benchmark in
        var slots = [SlotValue](repeating: .missing, count: slotCount)
        try audience.pages[0].withUnsafeBytes { blob in
            let page = try AudiencePage(checking: blob)
            benchmark.startMeasurement()
            slots.withUnsafeMutableBufferPointer { slots in
                guard let base = slots.baseAddress else { return }
                for index in 0..<page.count {
                    page.fill(base, count: slotCount, recipientAt: index)
                }
            }
            benchmark.stopMeasurement()
            blackHole(slots[0].length)
        }
    }

    Benchmark("AudiencePageBuilder: append \(slotCount) slots, 1,024 recipients") { benchmark in
        try audience.pages[0].withUnsafeBytes { blob in
            let page = try AudiencePage(checking: blob)
            var slots = [SlotValue](repeating: .missing, count: slotCount * page.count)
            var builder = AudiencePageBuilder()
            slots.withUnsafeMutableBufferPointer { slots in
                guard let base = slots.baseAddress else { return }
                for index in 0..<page.count {
                    page.fill(base + slotCount * index, count: slotCount, recipientAt: index)
                }
                benchmark.startMeasurement()
                for index in 0..<page.count {
                    blackHole(builder.append(base + slotCount * index, count: slotCount))
                }
                builder.finish(columnCount: slotCount - 1) { blackHole($0.count) }
                benchmark.stopMeasurement()
            }
        }
    }
}

/// A sink that keeps nothing.
private final class DiscardedPages: PageSink {
    func append(page: PageIndex, blob: UnsafeRawBufferPointer, count: Int) {
        blackHole(blob.count)
    }

    func markDuplicates(page: PageIndex, indexes: UnsafeBufferPointer<UInt16>) {}
}
