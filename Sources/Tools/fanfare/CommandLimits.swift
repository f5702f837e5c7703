/// Every bound of the command line, with its reason.
enum CommandLimits {
    /// A template file.
    ///
    /// Message templates are some kilobytes; a megabyte is a mistake in the path.
    static let templateBytesMax = 1 << 20

    /// A file of options; some hundred bytes in the usual case.
    static let configurationBytesMax = 1 << 20

    /// Dispatcher threads; more than the cores of the machines it is meant for.
    static let shardsMax = 64

    /// A request's time.
    ///
    /// Below a millisecond nothing can be measured; an hour holds a connection longer than any
    /// receiver will.
    static let timeoutMilliseconds = 1...3_600_000

    /// An answer of a server; a page of a list has some hundred kilobytes.
    static let answerBytesMax = 64 << 20

    /// How long a server may be silent before its answer is given up.
    static let answerSeconds = 30.0

    /// How long an import may take after its last byte was sent.
    static let importSeconds = 3_600.0

    /// How often a watched campaign is asked about when it is shown in place, and when not.
    static let watchInterval = Duration.milliseconds(250)
    static let plainWatchInterval = Duration.seconds(1)

    /// How long a watched campaign's server may be away: a restart takes less.
    static let watchPatience = Duration.seconds(60)

    /// Failures that a rehearsal lists one by one; the rest is counted.
    static let rehearsalErrorsListed = 20

    /// How often the progress line is brought up to date on a terminal.
    static let progressMilliseconds: UInt64 = 200

    /// How often a progress line is written when there is no terminal.
    static let plainProgressMilliseconds: UInt64 = 5_000
}
