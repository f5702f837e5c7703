/// The bounds of this module, each with its reason and what happens beyond it.
package enum StructuresLimits {
    /// Most elements in one ring: 16 Mi.
    ///
    /// A ring is a mailbox, not a store: beyond a few thousand elements a longer ring only hides
    /// that the consumer is too slow. A larger capacity is a bug of the caller (precondition).
    package static let ringCapacityMax = 1 << 24

    /// Most slots in one slab: 16 Mi.
    ///
    /// Far above any number of sends in flight in one shard, and it leaves the index of a `SlabID`
    /// well inside 32 bits. A larger capacity is a bug of the caller (precondition).
    package static let slabCapacityMax = 1 << 24

    /// Most timers that one wheel may be asked to hold: 16 Mi, 512 MiB of nodes.
    ///
    /// A wheel is created with a limit of its own, at most this one. Beyond its own limit `insert`
    /// returns nil and the caller decides.
    package static let timersMax = 1 << 24

    /// Timers for which a wheel allocates nodes at creation: 256, 8 KiB.
    ///
    /// The nodes double from there as needed, up to the wheel's limit, and are never given back.
    package static let timersInitial = 256
}
