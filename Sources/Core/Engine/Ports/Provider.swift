/// Knows what a destination wants of requests and what its answers mean.
///
/// Several live side by side in one runtime: each campaign's plan has its own. What is asked of it
/// once, at a campaign's start on a shard, costs nothing later: a provider that sends messages as
/// they were rendered has no preparer, and none of its code runs before an answer comes.
package protocol Provider: Sendable {
    /// What it adds to requests and needs of answers; the same at each call.
    var requirements: ProviderRequirements { get }

    /// Makes what completes the messages of one campaign on one shard; `nil` when they go out as
    /// they were rendered.
    func makePreparer() -> (any MessagePreparer)?

    /// Reads how a flight ended.
    ///
    /// Pure: the same completion gives the same verdict.
    func verdict(for completion: TransferCompletion, guarantee: DeliveryGuarantee) -> Verdict
}

extension Provider {
    /// Messages go out as they were rendered.
    package func makePreparer() -> (any MessagePreparer)? { nil }
}

/// What a provider adds to requests and needs of answers.
package struct ProviderRequirements: Sendable {
    /// The header field that carries the idempotency key as the engine writes it; `nil` when the
    /// provider has no such field, or its preparer writes it in a form of its own.
    package var keyFieldName: String?
    /// The header fields whose values the preparer adds to each message, in this order.
    package var fieldNames: [String]
    /// What the verdict reads beside the status.
    package var answer: AnswerParts

    /// Describes what a provider needs.
    package init(
        keyFieldName: String?, fieldNames: [String] = [],
        answer: AnswerParts = AnswerParts()
    ) {
        self.keyFieldName = keyFieldName
        self.fieldNames = fieldNames
        self.answer = answer
    }
}

/// Completes messages between their rendering and their start.
///
/// It belongs to one campaign on one shard, whose thread makes every call, so it may keep what it
/// needs from message to message without a lock: tokens, keys, memory. What all shards share, such
/// as a token that one place refreshes, it reads from where the provider keeps it, behind a version
/// that it compares.
///
/// A message is prepared anew for each of its attempts. The one indirect call for it is some
/// nanoseconds beside a signature's many hundred.
package protocol MessagePreparer: AnyObject {
    /// Adds the values of the provider's fields, all of them, and writes another body if need be.
    ///
    /// Called before the host's own bounds are asked, so a message may be prepared and not sent.
    ///
    /// - Parameters:
    ///   - draft: The rendered message.
    ///   - now: The time of the turn.
    /// - Returns: Whether it can be sent.
    func prepare(_ draft: inout MessageDraft, at now: Moment) -> Preparation
}

/// Whether a message can be sent.
package enum Preparation: Equatable, Sendable {
    /// It is complete.
    case ready
    /// What it needs, such as a token, is not there: to be tried again after a time, without an
    /// attempt being counted.
    case notYet(milliseconds: Int64)
    /// It can never be sent; the delivery fails.
    case refused(DeliveryReason)
}

/// What an answer, or its absence, means for the delivery.
package struct Verdict: Equatable, Sendable {
    /// What becomes of the delivery.
    package enum Action: UInt8, Sendable {
        /// The provider took it.
        case accepted
        /// It was surely not processed, or a repetition is harmless: try again later.
        case retry
        /// Never to be tried again.
        case fail
        /// It left and no answer says what happened; the campaign's guarantee decides.
        case unsure
        /// Never to be tried again, and nothing else is to be sent to the endpoint: it does not
        /// exist any more.
        ///
        /// The reason says so in the delivery's record, which is where those who keep endpoints
        /// find it, in the transaction that makes the record durable.
        case dropEndpoint
    }

    package var action: Action
    /// Why, for the record and its label.
    package var reason: DeliveryReason
    /// The number that belongs to the reason.
    package var code: UInt16
    /// The provider's wish, in seconds; −1 without one.
    package var retryAfterSeconds: Int32

    /// Says what becomes of a delivery and why.
    package init(
        _ action: Action, reason: DeliveryReason, code: UInt16, retryAfterSeconds: Int32 = -1
    ) {
        self.action = action
        self.reason = reason
        self.code = code
        self.retryAfterSeconds = retryAfterSeconds
    }
}
