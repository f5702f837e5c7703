/// Names one run of a campaign in this process, so that what is heard late of another run is known
/// for what it is.
package struct RunNumber: Hashable, Sendable {
    /// Which machine made it: a machine that takes the place of another has another number.
    package let life: UInt64
    /// Counts the runs of the machine, from 1.
    package let count: UInt64
}

/// Names one writing of a status, or one check before a launch.
package struct StepNumber: Hashable, Sendable {
    /// Which machine made it.
    package let life: UInt64
    /// Counts the steps of the machine, from 1.
    package let count: UInt64
}

/// Names a request whose caller waits for the answer; given out by who drives the machines.
package struct AskNumber: Hashable, Sendable {
    /// Never used twice in a process.
    package let count: UInt64

    package init(_ count: UInt64) { self.count = count }
}
