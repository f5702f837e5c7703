/// What happens to a campaign whose app has no messages left this month.
package enum QuotaPolicy: String, CaseIterable, Sendable {
    /// It pauses as `paused_quota` until somebody resumes it.
    case pause
    /// It does not start when the quota does not cover it, and pauses like `pause` if it ends all
    /// the same.
    case reject
    /// Those who are left are skipped as `quota_exceeded`.
    case trim
}
