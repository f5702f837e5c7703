import Synchronization

/// Counters that one thread adds to and any thread reads, in memory reached without counting
/// references.
///
/// Adding is a load and a store: no other thread writes.
// Safe: every index is checked; whoever made the cells frees them when nobody counts any more.
@safe
struct CounterCells: BitwiseCopyable, @unchecked Sendable {
    // Sendable because the cells are atomics.
    private let cells: UnsafeMutablePointer<Atomic<UInt64>>
    private let count: Int

    init(count: Int) {
        unsafe cells = .allocate(capacity: count)
        for index in 0..<count { unsafe (cells + index).initialize(to: Atomic(0)) }
        self.count = count
    }

    func deallocate() { unsafe cells.deallocate() }

    @inline(__always)
    func load(_ index: Int) -> UInt64 {
        precondition(index >= 0 && index < count, "a counter is out of range")
        return unsafe cells[index].load(ordering: .relaxed)
    }

    @inline(__always)
    func store(_ value: UInt64, _ index: Int) {
        precondition(index >= 0 && index < count, "a counter is out of range")
        unsafe cells[index].store(value, ordering: .relaxed)
    }

    @inline(__always)
    func add(_ value: UInt64, _ index: Int) { store(load(index) &+ value, index) }
}
