/// The limits of event webhooks, with their reasons.
package enum EventLimits {
    /// Event webhooks of an app: each gets a copy of every event's payload.
    package static let webhooksPerApp = 50

    /// Seconds from an attempt that failed to the next one; after the last the message has failed.
    ///
    /// Together with the first, which is made at once, five attempts over a day and an hour.
    static let retrySeconds: [Int64] = [60, 300, 3_600, 86_400]

    /// Milliseconds that a receiver has for its answer.
    static let timeoutMilliseconds = 15_000

    /// Attempts on the wire at one time, over all webhooks: bounds sockets, and payloads in memory.
    static let inFlightMax = 64

    /// Attempts on the wire at one time to one webhook: a receiver that does not answer holds so
    /// many places for `timeoutMilliseconds`, and others have the rest.
    static let inFlightPerWebhook = 4

    /// Seconds that a stop waits for attempts on the wire.
    ///
    /// One whose outcome is not seen by then is made again at the next start, with the same id.
    static let stopSeconds: Int64 = 5

    /// Messages of a webhook; of more the oldest are removed, whatever became of them.
    package static let messagesPerWebhook = 100_000

    /// Seconds that a delivered message is kept.
    static let deliveredSeconds: Int64 = 30 * 86_400

    /// Messages that one transaction removes, so that it stays short.
    static let messagesPerPruning = 1_000

    /// Seconds between two removals of old messages.
    static let pruneSeconds: Int64 = 600

    /// Seconds until a queue is looked at again when nothing is due before.
    static let idleSeconds: Int64 = 60

    /// Seconds for which a webhook rests when the outcome of an attempt could not be written:
    /// without it a full disk would send the same message again and again.
    static let restSeconds: Int64 = 60

    /// Seconds for which messages are signed with the last secret too, and the most.
    static let overlapSecondsDefault: Int64 = 86_400
    static let overlapSecondsMax: Int64 = 30 * 86_400

    /// Bytes of a secret's key, as Standard Webhooks has them.
    static let keyBytes = 24...64
}
