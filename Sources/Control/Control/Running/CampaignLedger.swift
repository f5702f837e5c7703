import Engine
import JSON
import Storage

/// What a campaign's records add up to, kept beside them and changed in their transactions: so that
/// nobody has to read all records to know it.
struct CampaignLedger: Equatable, Sendable {
    var tally = Tally()
    /// Recipients that have not ended, and whose message may have arrived; see `PageSum`.
    var unsure = 0
    /// Messages that count against the quota, by month.
    var used: [String: Int] = [:]

    private static let name = "ledger"

    init() {}

    /// Reads the ledger of a campaign; an empty one when there is none yet.
    init(_ database: CampaignDatabase) throws {
        guard let bytes = try database.value(Self.name),
            let value = try? JSONValue(parsing: bytes)
        else { return }
        tally = Tally(value["tally"] ?? .null)
        unsure = value["unsure"]?.integer.map(Int.init) ?? 0
        used = (value["used"]?.object ?? [:]).compactMapValues { $0.integer.map(Int.init) }
    }

    /// Writes the ledger, in the transaction that is open.
    func save(_ database: CampaignDatabase) throws {
        let value: JSONValue = [
            "tally": tally.json, "unsure": .integer(Int64(unsure)),
            "used": .object(used.mapValues { .integer(Int64($0)) }),
        ]
        try database.setValue(Self.name, Array(value.encoded.utf8))
    }

    /// Counts the records anew; what was used stays.
    mutating func recount(_ database: CampaignDatabase) throws {
        var tally = Tally()
        var unsure = 0
        try database.forEachPage(includingRecipients: false) { page throws(StorageError) in
            guard let records = unsafe page.records else { return }
            let sum = unsafe PageSum(of: records)
            tally += sum.tally
            unsure += sum.unsure
        }
        self.tally = tally
        self.unsure = unsure
    }
}
