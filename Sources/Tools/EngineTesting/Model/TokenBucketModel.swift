import Pacing

/// A token bucket in floating point: the plain statement of what a limiter may let through.
///
/// It starts with a burst, a send takes one token, and it holds a burst and what the rate gives in
/// the lateness that is forgiven. That it never goes below zero says the same as that no window of
/// any length holds more than rate × (length + lateness) + burst sends, for all windows at once.
struct TokenBucketModel {
    private var limit: RateLimit
    private var tokens: Double
    private var atNanoseconds: Int64

    init(_ limit: RateLimit, nowNanoseconds: Int64) {
        self.limit = limit
        tokens = Double(limit.burst)
        atNanoseconds = nowNanoseconds
    }

    /// Takes a token.
    ///
    /// - Returns: Whether there was one.
    mutating func take(nowNanoseconds: Int64) -> Bool {
        guard !limit.isUnlimited else { return true }
        fill(nowNanoseconds)
        tokens -= 1
        return tokens >= -1e-3
    }

    /// Whether a limiter has as many tokens: one that had fewer would waste what was given back.
    mutating func agrees(with limiter: RateLimiter, nowNanoseconds: Int64) -> Bool {
        guard !limit.isUnlimited else { return true }
        fill(nowNanoseconds)
        // It tells of a burst at a time.
        let told = min(tokens, Double(limit.burst))
        return abs(Double(limiter.available(nowNanoseconds: nowNanoseconds)) + 0.5 - told) < 0.6
    }

    mutating func change(_ limit: RateLimit, nowNanoseconds: Int64) {
        if self.limit.isUnlimited {
            tokens = 0
            atNanoseconds = nowNanoseconds
        } else {
            fill(nowNanoseconds)
        }
        self.limit = limit
        tokens = min(tokens, Double(limit.burst))
    }

    private mutating func fill(_ nowNanoseconds: Int64) {
        let seconds = Double(nowNanoseconds - atNanoseconds) / 1e9
        tokens = min(tokensMax, tokens + seconds * limit.perSecond)
        atNanoseconds = nowNanoseconds
    }

    private var tokensMax: Double {
        let lateness = Double(PacingLimits.latenessNanosecondsMax) / 1e9
        return Double(limit.burst) + lateness * limit.perSecond
    }
}
