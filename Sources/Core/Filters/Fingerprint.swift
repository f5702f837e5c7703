/// A 64-bit hash that is the same in every process: FNV-1a.
///
/// It tells queries apart, and keeps nobody out who looks for collisions. Source:
/// http://www.isthe.com/chongo/tech/comp/fnv/.
struct Fingerprint {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ text: String) {
        add(UInt64(text.utf8.count))
        for byte in text.utf8 { add(byte) }
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

    private mutating func add(_ byte: UInt8) {
        value = (value ^ UInt64(byte)) &* 0x100_0000_01B3
    }

    private mutating func add(_ word: UInt64) {
        for shift in stride(from: 0, to: 64, by: 8) {
            add(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
        }
    }
}
