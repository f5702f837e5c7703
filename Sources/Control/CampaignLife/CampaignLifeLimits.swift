/// Bounds of the lives of runs.
package enum CampaignLifeLimits {
    /// Campaigns that run at once, each with a file of its own open.
    ///
    /// Beyond it a start is refused, and a scheduled campaign waits until it is too late for it.
    package static let runsMax = 256

    /// How long a change that could not be written, or a file that could not be closed, waits until
    /// it is tried again.
    package static let retryMilliseconds: Int64 = 1_000
}
