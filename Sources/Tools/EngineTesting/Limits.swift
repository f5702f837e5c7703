/// Every bound of the simulator, with its reason and what happens beyond it.
package enum SimulationLimits {
    /// Events that one run may take before it counts as stuck.
    ///
    /// A run of the largest size takes some tens of thousands.
    static let eventsMax = 3_000_000

    /// Virtual time that a run may take after the last outside event before it counts as stuck.
    ///
    /// The slowest drawn rate, with all attempts used up and the longest waits between them, needs
    /// some minutes.
    static let quietNanosecondsMax: Int64 = 3_600 * second

    /// Turns of a shard between two looks at its invariants, which cost as much as many turns.
    static let turnsPerCheck = 13

    static let microsecond: Int64 = 1_000
    static let millisecond: Int64 = 1_000_000
    static let second: Int64 = 1_000_000_000
}
