import Structures
import Synchronization

/// Counters that one thread adds to and any thread reads, in memory reached without counting
/// references.
///
/// Adding is a load and a store: no other thread writes.
// SAFETY: every index is checked against the count; the owner frees the cells when nobody is left.
@safe
struct CounterCells: BitwiseCopyable, Sendable {
    private let cells: SharedPointer<Atomic<UInt64>>
    private let count: Int

    init(count: Int) {
        unsafe cells = SharedPointer(count: count) { Atomic(0) }
        self.count = count
    }

    func deallocate() { unsafe cells.deallocate(count: count) }

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
