import Structures
import Synchronization

// The memory of an `EligibilityTable`; the design and the numbered invariants are at the head of
// its file.

/// One table of entries: a power of two of words, the number of them less one before the first.
///
/// Made by a writer, read by any thread, never freed while the table that published it lives.
// SAFETY: every index is masked to the number of words, and the table frees them with itself.
@safe
struct EligibilitySlots: Sendable {
    /// An entry: 56 bits of hash, and a bit for each reason in the lowest eight.
    typealias Word = Atomic<UInt64>

    static var reasonBits: UInt64 { 0xFF }

    private let words: SharedPointer<Word>
    let mask: Int

    var capacity: Int { mask + 1 }

    /// Makes a table of free entries.
    init(capacity: Int) {
        precondition(
            capacity > 0 && capacity & (capacity - 1) == 0, "a table's capacity is a power of two")
        unsafe words = SharedPointer(count: capacity) { Atomic(0) }
        mask = capacity - 1
    }

    func deallocate() { unsafe words.deallocate(count: capacity) }

    @inline(__always)
    func load(_ index: Int) -> UInt64 {
        unsafe words[index & mask].load(ordering: .relaxed)
    }

    @inline(__always)
    func store(_ word: UInt64, _ index: Int) {
        unsafe words[index & mask].store(word, ordering: .relaxed)
    }

    /// Where the search for a key begins.
    @inline(__always)
    func home(_ key: UInt64) -> Int { Int(truncatingIfNeeded: key &>> 8) & mask }

    /// The hash as an entry has it: without the reasons' bits, and never that of a free entry.
    @inline(__always)
    static func key(_ hash: UInt64) -> UInt64 {
        let key = hash & ~reasonBits
        return key == 0 ? reasonBits + 1 : key
    }

    /// The reasons of a hash; 0 when it has no entry.
    @inline(__always)
    func reasons(_ hash: UInt64) -> UInt64 {
        let key = Self.key(hash)
        var index = home(key)
        while true {
            let word = load(index)
            if word & ~Self.reasonBits == key { return word & Self.reasonBits }
            if word == 0 { return 0 }
            index &+= 1
        }
    }
}
