import Structures
import Testing

@Suite("Guarded")
struct GuardedTests {
    @Test("A section changes the value, and gives back what it returns")
    func aSectionChangesTheValue() {
        let names = Guarded(["a"])
        #expect(
            names.withLock { names in
                names.append("b")
                return names.count
            } == 2)
        #expect(names.withLock { $0 } == ["a", "b"])
    }

    @Test("A section that throws unlocks")
    func aSectionThatThrowsUnlocks() {
        struct Refused: Error {}
        let count = Guarded(1)
        #expect(throws: Refused.self) {
            try count.withLock { _ throws(Refused) in throw Refused() }
        }
        #expect(count.withLock { $0 } == 1)
    }

    // Under the thread sanitizer this fails if it cannot see the order of contended sections.
    @Test("Sections of contending threads exclude each other")
    func contendingSectionsExcludeEachOther() {
        let counter = Counter()
        let turns = 20_000
        runOnThreads(
            (0..<4).map { _ in
                { for _ in 0..<turns { counter.count.withLock { $0 += 1 } } }
            })
        #expect(counter.count.withLock { $0 } == 4 * turns)
    }
}

private final class Counter: Sendable {
    let count = Guarded(0)
}
