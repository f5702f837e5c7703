/// Every bound of the dispatcher, with its reason and what happens beyond it.
package enum EngineLimits {
    /// Journal slots, hence pages that a shard works on at once.
    ///
    /// 64 slots are 1.5 MiB of journal and let some thirty campaigns run side by side on one shard;
    /// further pages wait in the store.
    package static let pagesPerShardMax = 64

    /// Pages of one campaign that a shard holds: one being worked on, one ahead, and some whose
    /// last deliveries are slow to answer.
    ///
    /// Beyond it the campaign waits for one of its pages to close.
    package static let pagesPerCampaignMax = 16

    /// Pages with recipients not yet looked at that a shard keeps ready for a campaign, so that a
    /// page is always there when one is used up.
    ///
    /// More would only hold memory.
    package static let pagesAhead = 2

    /// Campaigns that run at once in one process: the width of the tables.
    ///
    /// Starting another is refused by the runtime.
    package static let campaignsMax = 1_024

    /// Sends of one campaign.
    ///
    /// A send's number is in its idempotency keys, with two digits at the most.
    package static let sendsPerCampaignMax = 100

    /// Requests that one shard has on the wire at the most.
    ///
    /// Each holds a buffer, a transfer handle and usually a connection.
    package static let flightsPerShardMax = 8_192

    /// Sends that one turn starts at the most: about a millisecond of work, so that answers, limits
    /// and commands are seen in time.
    ///
    /// The rest continues in the next turn.
    package static let sendsPerTurn = 64

    /// Sends a campaign may start before the next campaign has its turn.
    package static let sendsPerCampaignQuantum = 16

    /// Recipients that one turn may end without a send (a template that fails, a URL that is no
    /// URL, a user who is not eligible): they cost up to a render each and must not hold up the
    /// turn.
    package static let failuresPerTurn = 256

    /// Of these, those of one campaign before the next campaign has its turn.
    package static let failuresPerCampaignQuantum = 64

    /// A page whose remaining deliveries all wait is kept in its slot if the first of them is due
    /// within this time; otherwise it goes back to the store and is read again when due.
    package static let parkBeyondMilliseconds: Int64 = 2_000

    /// A rendered body may have this many bytes; a longer one fails its recipient with
    /// `message_too_large`.
    ///
    /// Webhook receivers commonly stop at 1 MiB.
    package static let bodyBytesMax = 1 << 20

    /// What one template may put out before its render is given up as failed.
    ///
    /// Above `bodyBytesMax`, so that a body that is only somewhat too long is called that.
    package static let renderedBytesMax = 2 * bodyBytesMax

    /// A rendered URL; what servers and proxies accept at the least.
    package static let urlBytesMax = 8_000

    /// One rendered header line, name included; curl and common servers stop at 8 to 16 KiB for
    /// all.
    package static let headerLineBytesMax = 8_000

    /// Header lines with a template of their own.
    package static let templatedHeadersMax = 32

    /// Bytes of an answer's body that a provider may ask for.
    ///
    /// Reasons in bodies take some hundred bytes; each flight that keeps any has memory for so
    /// many. More is refused by `prepare`.
    package static let answerBodyBytesMax = 16_384

    /// Header fields of an answer that a provider may name.
    package static let answerFieldsMax = 8

    /// Bytes of the value of such a field; a longer one is not kept, as half a value could be taken
    /// for another.
    package static let answerFieldBytesMax = 1_024

    /// A flight keeps its buffer between requests up to this size; a larger one is given back, so
    /// that a few long messages do not stay in memory.
    package static let flightBufferKeptBytes = 16_384

    /// Ends of deliveries that a campaign's counters on one shard tell apart; further ones are
    /// counted together.
    package static let outcomeRowsMax = 32

    /// How long a shard waits before it looks again for a place that another shard may have freed.
    package static let placePollNanoseconds: Int64 = 1_000_000

    /// How long a campaign may keep a page of which recipients are left while another campaign has
    /// no page and no slot is free.
    ///
    /// Long enough for thousands of sends; reading a page again costs as much as a few.
    package static let pageTenureMilliseconds: Int64 = 1_000

    /// Scopes that a campaign's recipients are looked up in.
    ///
    /// An app and a channel type are two.
    package static let eligibilityScopesMax = 4

    /// Tables that an `EligibilityTable` may publish, each twice as large as the one before.
    ///
    /// The last one of them would not fit into the memory of any machine.
    static let eligibilityTablesMax = 32

    /// The longest a shard sleeps without looking at its campaigns again, should a wake-up be lost.
    package static let idleMilliseconds: Int64 = 100
}
