import CoreMetrics
import Structures
import Synchronization

/// Where a handler belongs.
struct SeriesPlace: Hashable, Sendable {
    let name: String
    let labels: LabelSet
}

/// One series that code writes to.
protocol Series: AnyObject, Sendable {
    static var kind: Exposition.Kind { get }

    var place: SeriesPlace { get }

    var sample: Exposition.Sample { get }
}

/// A whole number that only grows.
final class CounterSeries: Series, CounterHandler {
    static let kind = Exposition.Kind.counter
    let place: SeriesPlace
    private let value = Atomic<Int64>(0)

    init(_ place: SeriesPlace) { self.place = place }

    func increment(by amount: Int64) { value.wrappingAdd(amount, ordering: .relaxed) }

    func reset() { value.store(0, ordering: .relaxed) }

    var sample: Exposition.Sample { .number(Double(value.load(ordering: .relaxed))) }
}

/// A number that only grows.
final class FloatingPointCounterSeries: Series, FloatingPointCounterHandler {
    static let kind = Exposition.Kind.counter
    let place: SeriesPlace
    private let value = AtomicDouble()

    init(_ place: SeriesPlace) { self.place = place }

    func increment(by amount: Double) { value.add(amount) }

    func reset() { value.store(0) }

    var sample: Exposition.Sample { .number(value.load()) }
}

/// A number that goes up and down.
final class GaugeSeries: Series, MeterHandler, RecorderHandler {
    static let kind = Exposition.Kind.gauge
    let place: SeriesPlace
    private let value = AtomicDouble()

    init(_ place: SeriesPlace) { self.place = place }

    func set(_ value: Int64) { self.value.store(Double(value)) }

    func set(_ value: Double) { self.value.store(value) }

    func increment(by amount: Double) { value.add(amount) }

    func decrement(by amount: Double) { value.add(-amount) }

    func record(_ value: Int64) { set(value) }

    func record(_ value: Double) { set(value) }

    var sample: Exposition.Sample { .number(value.load()) }
}

/// Observations, counted by bounds.
final class HistogramSeries: Series, RecorderHandler, TimerHandler {
    static let kind = Exposition.Kind.histogram
    let place: SeriesPlace
    private let value: Guarded<HistogramValue>

    init(_ place: SeriesPlace, bounds: [Double]) {
        self.place = place
        value = Guarded(HistogramValue(bounds: bounds))
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) { self.value.withLock { $0.observe(value) } }

    /// Times are in seconds, whatever unit they were taken in.
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    var sample: Exposition.Sample { .histogram(value.withLock { $0 }) }
}

/// A number that several threads add to.
private final class AtomicDouble: Sendable {
    private let bits = Atomic<UInt64>(0)

    func load() -> Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    func store(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    func add(_ amount: Double) {
        var old = bits.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + amount).bitPattern
            let (exchanged, original) = bits.weakCompareExchange(
                expected: old, desired: new, ordering: .relaxed)
            if exchanged { return }
            old = original
        }
    }
}
