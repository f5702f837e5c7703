/// A random generator that gives the same numbers for the same seed, on every platform.
///
/// For jitter, sampling and simulation: never for secrets. The algorithm is SplitMix64 (Steele, Lea
/// and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014): a counter that moves
/// by an odd constant and a mixing function over it. It has one word of state, so that a copy
/// continues independently from where the original was, and all seeds, including 0, are good ones.
public struct SeededGenerator: RandomNumberGenerator, BitwiseCopyable, Sendable {
    // Public, with `package` members, because Swift 6.3 inlines no call to a member of a `package`
    // type into another module.

    @usableFromInline var state: UInt64

    /// Creates a generator whose sequence is fixed by `seed`.
    @inlinable
    package init(seed: UInt64) {
        state = seed
    }

    /// Creates the generator of one of many independent streams, for example one per shard.
    ///
    /// The stream's number passes through the mixer first, so that neighbouring streams are not
    /// shifted copies of one sequence.
    @inlinable
    package init(seed: UInt64, stream: UInt64) {
        var mixer = SeededGenerator(seed: stream)
        state = seed ^ mixer.next()
    }

    /// Returns the next 64 random bits.
    @inlinable
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}
