/// The bounds of looking names up.
package enum DestinationLimits {
    /// Names that are asked for at a time; others wait for their turn.
    package static let lookUps = 8

    /// How long a caller waits for the system's resolver; the destination passes then, and is
    /// checked when it is dialled.
    ///
    /// A live resolver answers within a second.
    package static let patience = Duration.seconds(3)

    /// How long an answer holds, so that a launch asks once.
    package static let answersHold = Duration.seconds(30)

    /// Answers that are kept; with more, all are forgotten.
    package static let namesKept = 1_000
}
