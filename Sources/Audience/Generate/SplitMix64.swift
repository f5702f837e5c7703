/// The SplitMix64 generator (Steele, Lea and Flood).
///
/// Its own, and with its own way to draw from a range: the standard library's may change, and then
/// the same seed would not give the same audience.
struct SplitMix64 {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// A number from 0 up to, and without, the bound.
    mutating func below(_ bound: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// Whether something happens that happens so many times in a thousand.
    mutating func happens(perThousand: Int) -> Bool { below(1_000) < perThousand }
}
