package import Structures

extension SeededGenerator {
    /// A number from 0 up to, and without, the bound.
    ///
    /// Its own way to draw from a range: the standard library's may change, and then the same seed
    /// would not give the same audience.
    package mutating func below(_ bound: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// Whether something happens that happens so many times in a thousand.
    mutating func happens(perThousand: Int) -> Bool { below(1_000) < perThousand }
}
