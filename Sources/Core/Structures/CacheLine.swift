/// What keeps two threads' hot words from sharing a cache line.
package enum CacheLine {
    /// Bytes between two words that different threads write.
    ///
    /// A line is 64 bytes on x86-64, but its prefetcher fetches lines in pairs, and Apple's cores
    /// have lines of 128 bytes.
    package static let bytes = 128
}

/// Padding of one cache line, to be stored between fields of a final class.
///
/// A class lays its fields out in the order of their declaration, so a field between two of these
/// shares its line with no other field and no other object.
@frozen
package struct CacheLinePadding: BitwiseCopyable, Sendable {
    // Eight 16-byte vectors: the shortest spelling of 128 bytes without a raw pointer.
    private var low: SIMD8<UInt64> = .zero
    private var high: SIMD8<UInt64> = .zero

    /// Creates the padding.
    package init() {}
}
