import CampaignLife
import ControlDirectory
package import Engine
package import JSON

/// What has become of a campaign's deliveries: `total` is always the sum of the five others.
package struct CampaignStats: Sendable {
    /// What a running campaign adds to what is stored.
    package struct Live: Sendable {
        package var tally: Tally
        package var inFlight: Int
        package var sendsPerSecond: Double
        package var bottleneck: Bottleneck?

        package init(
            tally: Tally, inFlight: Int, sendsPerSecond: Double, bottleneck: Bottleneck?
        ) {
            self.tally = tally
            self.inFlight = inFlight
            self.sendsPerSecond = sendsPerSecond
            self.bottleneck = bottleneck
        }
    }

    /// The limit that binds now.
    package struct Bottleneck: Equatable, Sendable {
        /// `app`, `campaign`, `provider`, `host`, `quota` or `transport`.
        package var limit: String
        /// Which of them, such as the host's name.
        package var name: String
        /// Its value, such as `500/s`.
        package var value: String

        package init(limit: String, name: String, value: String) {
            self.limit = limit
            self.name = name
            self.value = value
        }
    }

    let record: CampaignRecord
    let live: Live?
    /// Nil without a deadline.
    let missed: Int?

    package init(_ record: CampaignRecord, live: Live?, missed: Int? = nil) {
        self.record = record
        self.live = live
        self.missed = missed
    }

    private var tally: Tally { live?.tally ?? record.tally }
    private var total: Int { Int(record.recipients) }
    /// A campaign whose figures are read while they change never has fewer than none.
    private var pending: Int { max(0, total - tally.ended) }

    /// How long the rest takes at the present pace.
    private var secondsLeft: Double? {
        guard let live, live.sendsPerSecond > 0 else { return nil }
        return Double(pending) / live.sendsPerSecond
    }

    package var json: JSONValue {
        let tally = tally
        let sent = tally.sent
        func rate(_ count: Int, of whole: Int) -> JSONValue {
            .number(whole == 0 ? 0 : min(1, Double(count) / Double(whole)))
        }
        let reasons = tally.counts.sorted {
            ($1.value, $0.key.label) < ($0.value, $1.key.label)
        }.map { outcome, count -> JSONValue in
            [
                "status": .string(outcome.status.name), "reason": .string(outcome.label),
                "count": .integer(Int64(count)),
            ]
        }
        return [
            "status": .string(record.status.rawValue),
            "total": .integer(Int64(tally.ended + pending)), "sent": .integer(Int64(sent)),
            "failed": .integer(Int64(tally.failed)), "skipped": .integer(Int64(tally.skipped)),
            "unknown": .integer(Int64(tally.unknown)), "pending": .integer(Int64(pending)),
            "in_flight": .integer(Int64(live?.inFlight ?? 0)),
            "progress": rate(tally.ended, of: total), "reasons": .array(reasons),
            "read": .integer(record.readCount),
            "acknowledged": .integer(record.acknowledgedCount),
            "missed": missed.map { .integer(Int64($0)) } ?? .null,
            "rates": [
                "read": rate(Int(record.readCount), of: sent),
                "acknowledged": rate(Int(record.acknowledgedCount), of: sent),
                "failed": rate(tally.failed, of: total),
            ],
            "sends_per_second": .number(((live?.sendsPerSecond ?? 0) * 10).rounded() / 10),
            "seconds_left": secondsLeft.map { .number(($0 * 10).rounded() / 10) } ?? .null,
            "bottleneck": live?.bottleneck.map { bottleneck in
                [
                    "limit": .string(bottleneck.limit), "name": .string(bottleneck.name),
                    "value": .string(bottleneck.value),
                ]
            } ?? .null,
            "started_at": .time(record.startedAt), "completed_at": .time(record.completedAt),
        ]
    }
}

extension CampaignRecord {
    /// The campaign as the API shows it.
    package func json(live: CampaignStats.Live?) -> JSONValue {
        var fields = Self.schema.json(self)
        fields["stats"] = CampaignStats(self, live: live).json
        return .object(fields)
    }
}
