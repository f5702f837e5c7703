import Structures

/// A 64-bit hash of a query that is the same in every process.
///
/// It tells queries apart, and keeps nobody out who looks for collisions.
struct Fingerprint {
    private var hash = FNV1a()

    var value: UInt64 { hash.value }

    mutating func add(_ text: String) {
        add(UInt64(text.utf8.count))
        hash.add(contentsOf: text.utf8)
    }

    mutating func add(_ filter: CompiledFilter) {
        add(filter.sql)
        for argument in filter.arguments {
            switch argument {
            case .null: add(UInt8(0))
            case .integer(let value):
                add(UInt8(1))
                add(UInt64(bitPattern: value))
            case .real(let value):
                add(UInt8(2))
                add(value.bitPattern)
            case .text(let value):
                add(UInt8(3))
                add(value)
            }
        }
    }

    private mutating func add(_ byte: UInt8) { hash.add(byte) }

    private mutating func add(_ word: UInt64) {
        for shift in stride(from: 0, to: 64, by: 8) {
            add(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
        }
    }
}
