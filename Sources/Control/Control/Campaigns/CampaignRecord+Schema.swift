import CampaignLife
package import ControlDirectory
import Engine
import Filters
import JSON

extension CampaignRecord {
    /// Every field of a campaign: where it stands, what it may be, who decides it, what it means.
    ///
    /// Reading and writing rows, the shapes of inputs and answers, answers themselves, copies, what
    /// filters may name and the OpenAPI document come from this list.
    package static let schema = RecordSchema(
        "campaign", plural: "campaigns", key: \.pk, as: .row(), new: CampaignRecord(),
        fields: identity + message + audience + sending + progress)

    /// Which campaign it is.
    private static let identity: [Field] = [
        .hidden("app", \.app, .row()),
        .hidden("engine_id", \.engineID, .text(1...64)),
        Field(
            "id", \.id, .text(.id), .fixed,
            "Names the campaign in paths, unique in its app; made up when none is given."
        ).filtered(.string),
        Field(
            "name", \.name, .text(1...InputLimits.nameLength), .required,
            "What the campaign is called among those who run it; templates see it, too."
        ).filtered(.string),
    ]

    /// What is sent.
    private static let message: [Field] = [
        Field(
            "template_id", \.templateID, .optional(.text(.id)), .required,
            "The template of the messages."
        ).filtered(.string),
        Field(
            "title", \.title, .text(0...InputLimits.nameLength), .settable,
            "What the campaign is called before its recipients: `campaign.title` in templates."
        ).filtered(.string),
        Field(
            "description", \.description, .text(0...InputLimits.descriptionLength), .settable,
            "What the campaign is for; `campaign.description` in templates."
        ).filtered(.string),
        Field(
            "tag", \.tag, .optional(.text(1...64)), .settable,
            "A word by which campaigns belong together; `campaign.tag` in templates."
        ).filtered(.string),
        Field(
            "sender_id", \.senderID, .optional(.text(.userID)), .settable,
            "The user on whose behalf it is sent: `sender` in templates."
        ).filtered(.string, alias: "sender"),
        Field(
            "template_version", \.templateVersion, .optional(.integer(1...1_000_000)), .settable,
            """
            The template's version. Null: the one that is published when the campaign is made or \
            changed, else the latest, which is pinned then.
            """),
    ]

    /// To whom.
    private static let audience: [Field] = [
        Field(
            "segment_ids", \.segmentIDs,
            .list(of: .id, 0...InputLimits.segmentsPerCampaign), .settable,
            "Segments whose users get the message, each once; not together with user_ids."
        ).filtered(.stringSet, alias: "segments"),
        Field(
            "user_ids", \.userIDs, .list(of: .userID, 0...InputLimits.userIDsPerCampaign),
            .settable, "Users who get the message; not together with segment_ids."),
        Field(
            "variables", \.variables, .document, .settable,
            """
            What templates see by name where a recipient brings no variable of that name; at most \
            \(InputLimits.documentBytes) bytes of JSON.
            """),
    ]

    /// How.
    private static let sending: [Field] = [
        Field(
            "delivery_mode", \.deliveryMode, .word(), .settable,
            """
            Whether somebody waits for the messages (realtime). It is kept and shown; campaigns are \
            sent the same in both modes.
            """
        ).filtered(.string),
        Field(
            "delivery_guarantee", \.guarantee,
            .word(["at_least_once": .atLeastOnce, "at_most_once": .atMostOnce]), .settable,
            """
            What happens to a request whose outcome nobody saw: it is sent again with the same \
            idempotency key (at_least_once), or ends as unknown (at_most_once).
            """),
        Field(
            "quota_policy", \.quotaPolicy, .optional(.word()), .settable,
            """
            What happens when the app's messages of the month do not suffice: pause until it is \
            resumed, reject the start, or trim, which skips who is left. Null: as the app has it.
            """),
        Field(
            "ack_deadline_seconds", \.ackDeadline, .optional(.integer(1...31_536_000)), .settable,
            """
            Seconds after its send at which a message without acknowledgement counts as missed. \
            Null: none does.
            """, column: "ack_deadline"),
        Field(
            "trigger", \.trigger, .word(), .settable,
            "What starts it: a person or a schedule (manual), or calls that each start a run (api)."
        ),
        Field(
            "skip_push", \.skipsPush, .flag, .settable,
            "Kept and shown; campaigns send no push messages, whatever it says."),
        Field(
            "skip_webhook", \.skipsWebhook, .flag, .settable,
            "Kept and shown; event webhooks are told of the campaign, whatever it says."),
        .input(
            "limits", .nullable(CampaignShapes.limits),
            "The campaign's own limits, beside those of app, provider and host. Null changes none."
        ),
        Field(
            "stop_at", \.stopAt, .optional(.time), .settable,
            "When the campaign is stopped if it has not ended by then. Null: never."),
    ]

    /// What became of it.
    private static let progress: [Field] = [
        Field(
            "kind", \.kind, .word(), .shown,
            "What made it: a campaign of its own, a notification, or a test of a campaign."),
        Field(
            "parent_id", \.parent, .optional(.text(.id)), .shown,
            "The campaign that this is a run or a test of.", column: "parent"),
        Field(
            "status", \.status, .word(unknown: .failed), .shown, "Where the campaign stands."
        ).filtered(.string),
        Field(
            "status_reason", \.statusReason, .optional(.text(0...4_096)), .shown,
            "Why it stands there, where there is more to say."),
        Field(
            "scheduled_for", \.scheduledFor, .optional(.time), .shown,
            "When it starts by itself. Null: it does not."
        ).filtered(.time),
        Field(
            "schedule", \.schedule, .optional(.document), .shown,
            "The schedule as it was asked for, with the lateness in seconds that it bears."),
        Field(
            "created_at", \.createdAt, .time, .shown, "When it was made."
        ).filtered(.time),
        Field(
            "updated_at", \.updatedAt, .time, .stamped,
            "When its settings or its status were last changed."
        ).filtered(.time),
        Field(
            "started_at", \.startedAt, .optional(.time), .shown, "When it first began to send."
        ).filtered(.time),
        Field(
            "completed_at", \.completedAt, .optional(.time), .shown, "When it ended."
        ).filtered(.time),
        .hidden("recipients", \.recipients, .integer()),
        .hidden("read_count", \.readCount, .integer()),
        .hidden("acknowledged_count", \.acknowledgedCount, .integer()),
        .hidden("tally", \.tally, .tally),
    ]

    private typealias Field = RecordField<CampaignRecord>
}

extension FieldCodec<Tally> {
    /// The figures of a run's end, in the column JSON.
    fileprivate static var tally: FieldCodec {
        FieldCodec<JSONValue>.document.mapped({ Tally($0) }, \.json)
    }
}
