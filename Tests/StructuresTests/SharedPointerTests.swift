import Structures
import Synchronization
import Testing

@Suite("SharedPointer")
struct SharedPointerTests {
    /// Counts itself out.
    private struct Cell: ~Copyable {
        let number: Int
        let uses = Atomic<Int>(0)
        let ended: Counter

        deinit { ended.count.add(1, ordering: .relaxed) }
    }

    private final class Counter: Sendable {
        let count = Atomic<Int>(0)
    }

    @Test("every index leads to a value of its own, for all threads the same")
    func everyIndexIsAValueOfItsOwn() {
        let ended = Counter()
        var made = 0
        let cells = unsafe SharedPointer(count: 3) {
            made += 1
            return Cell(number: made, ended: ended)
        }
        let body: @Sendable () -> Void = {
            for use in 0..<1_000 { unsafe cells[use % 3].uses.add(1, ordering: .relaxed) }
        }
        runOnThreads([body, body, body, body])
        let numbers = (0..<3).map { unsafe cells[$0].number }
        let uses = (0..<3).map { unsafe cells[$0].uses.load(ordering: .relaxed) }
        #expect(numbers == [1, 2, 3])
        #expect(uses == [1_336, 1_332, 1_332])
        #expect(unsafe cells.pointee.number == 1)
        #expect(ended.count.load(ordering: .relaxed) == 0)
        unsafe cells.deallocate(count: 3)
        #expect(ended.count.load(ordering: .relaxed) == 3)
    }

    @Test("one value ends when its memory is freed")
    func oneValueEndsWithItsMemory() {
        let ended = Counter()
        let cell = unsafe SharedPointer(to: Cell(number: 7, ended: ended))
        #expect(unsafe cell.pointee.number == 7)
        unsafe cell.deallocate()
        #expect(ended.count.load(ordering: .relaxed) == 1)
    }
}
