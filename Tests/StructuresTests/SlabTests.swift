import Structures
import Testing

@Suite("Slab")
struct SlabTests {
    // The macros of Testing cannot take a call apart whose receiver is noncopyable. Hence this
    // function, and comparisons with true and false below.
    private func taken(_ id: SlabID?) throws -> SlabID { try #require(id) }

    @Test("every short sequence of takes and releases agrees with a set", arguments: [1, 2, 3])
    func everyShortSequenceAgreesWithASet(capacity: Int) throws {
        // Choices: take, release the oldest, the newest, the last but one, a stale id.
        let length = 6
        for number in 0..<15_625 {
            let slab = Slab(capacity: capacity) { _ in UInt64(0) }
            var taken: [(id: SlabID, value: UInt64)] = []
            var stale: [SlabID] = []
            var choice = number
            for step in 0..<length {
                switch choice % 5 {
                case 0:
                    let id = slab.take()
                    try #require((id != nil) == (taken.count < capacity))
                    guard let id else { break }
                    try #require(!taken.contains { $0.id.index == id.index })
                    try #require(!stale.contains(id))
                    slab[id] = UInt64(step + 1)
                    taken.append((id, UInt64(step + 1)))
                case 4:
                    guard let id = stale.last else { break }
                    try #require(slab.contains(id) == false)
                    try #require(slab.release(id) == false)
                default:
                    let position = [1: 0, 2: taken.count - 1, 3: taken.count - 2][choice % 5] ?? 0
                    guard taken.indices.contains(position) else { break }
                    let (id, value) = taken.remove(at: position)
                    try #require(slab[id] == value)
                    try #require(slab.release(id) == true)
                    stale.append(id)
                }
                choice /= 5
                try #require(slab.count == taken.count)
                try #require(slab.isFull == (taken.count == capacity))
                for (id, value) in taken { try #require(slab[id] == value) }
                slab.checkInvariants()
            }
        }
    }

    @Test("a slot keeps what its last user left, at the same address")
    func slotsKeepTheirElement() throws {
        let slab = Slab(capacity: 1) { _ in [UInt8]() }
        let first = try taken(slab.take())
        slab[first].append(7)
        let address = unsafe slab.pointer(to: first)
        #expect(slab.release(first) == true)
        let second = try taken(slab.take())
        #expect(first != second)
        #expect(slab[second] == [7])
        #expect(unsafe slab.pointer(to: second) == address)
        #expect(unsafe slab.pointer(to: first) == nil)
    }

    @Test("an id survives the way through a number, and no number is trusted")
    func idsAreCheckedWhateverTheirNumber() throws {
        let slab = Slab(capacity: 4) { $0 }
        let id = try taken(slab.take())
        #expect(SlabID(rawValue: id.rawValue) == id)
        #expect(id.rawValue != 0)
        for rawValue: UInt64 in [0, 1, .max, 1 << 32 | 4, 1 << 32 | 1, 2 << 32] {
            #expect(slab.contains(SlabID(rawValue: rawValue)) == false)
            #expect(slab.release(SlabID(rawValue: rawValue)) == false)
        }
    }

    @Test("a walk over the taken slots may release them")
    func walkMayRelease() {
        let slab = Slab(capacity: 5) { $0 * 10 }
        let ids = (0..<5).compactMap { _ in slab.take() }
        #expect(slab.release(ids[2]) == true)
        var seen: [Int] = []
        slab.forEachTaken { id in
            seen.append(slab[id])
            slab.release(id)
        }
        #expect(seen == [0, 10, 30, 40])
        #expect(slab.count == 0)
        slab.checkInvariants()
    }

    @Test("elements that own something are released with the slab")
    func elementsAreReleased() {
        final class Probe {}
        weak var probe: Probe?
        do {
            let object = Probe()
            probe = object
            let slab = Slab(capacity: 3) { _ in object }
            #expect(slab.count == 0)
        }
        #expect(probe == nil)
    }
}
