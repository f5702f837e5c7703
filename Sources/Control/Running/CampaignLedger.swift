import Engine
import Jinja
import Storage

/// What a campaign's records add up to, kept beside them and changed in their transactions: so that
/// nobody has to read all records to know it.
struct CampaignLedger: Equatable, Sendable {
    var tally = Tally()
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
        used = (value["used"]?.object ?? [:]).compactMapValues { $0.integer.map(Int.init) }
    }

    /// Writes the ledger, in the transaction that is open.
    func save(_ database: CampaignDatabase) throws {
        let value: JSONValue = [
            "tally": tally.json, "used": .object(used.mapValues { .integer(Int64($0)) }),
        ]
        try database.setValue(Self.name, Array(value.encoded.utf8))
    }

    /// Counts the tally anew from all records; what was used stays.
    mutating func recount(_ database: CampaignDatabase) throws {
        var tally = Tally()
        try database.forEachPage(includingRecipients: false) { page throws(StorageError) in
            if let records = unsafe page.records { tally += unsafe Tally(of: records) }
        }
        self.tally = tally
    }
}
