/// Every bound of the command line, with its reason.
enum CommandLimits {
    /// A template file.
    ///
    /// Message templates are some kilobytes; a megabyte is a mistake in the path.
    static let templateBytesMax = 1 << 20

    /// Dispatcher threads; more than the cores of the machines it is meant for.
    static let shardsMax = 64

    /// A request's time.
    ///
    /// Below a millisecond nothing can be measured; an hour holds a connection longer than any
    /// receiver will.
    static let timeoutMilliseconds = 1...3_600_000

    /// Failures that a rehearsal lists one by one; the rest is counted.
    static let rehearsalErrorsListed = 20

    /// How often the progress line is brought up to date on a terminal.
    static let progressMilliseconds: UInt64 = 200

    /// How often a progress line is written when there is no terminal.
    static let plainProgressMilliseconds: UInt64 = 5_000
}
