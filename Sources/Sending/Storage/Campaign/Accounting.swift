package import Engine

/// What became of the campaign's deliveries, summed from the records and from nothing else.
///
/// Closed when `problems` is empty: `total` = `sent` + `failed` + `skipped` + `unknown` +
/// `pending`.
package struct Accounting: Equatable, Sendable {
    /// Rows in pages less the duplicates.
    package internal(set) var total = 0
    /// All rows but the unreadable ones, duplicates included.
    package internal(set) var tally = Tally()
    /// Rows whose records cannot be read; they are in `total` and in nothing else.
    package internal(set) var unreadable = 0
    /// Attempts of all deliveries in their present generation.
    package internal(set) var attempts = 0
    /// Deliveries that were deliberately sent anew at least once.
    package internal(set) var resent = 0
    package internal(set) var pages = 0
    /// What does not fit, in sentences for people; the first `problemsMax` ones.
    package internal(set) var problems: [String] = []
    /// Problems that were found beyond those.
    package internal(set) var problemsOmitted = 0

    /// Problems kept as text: a damaged file may have one per page.
    package static let problemsMax = 100

    /// Deliveries that were taken.
    package var sent: Int { tally.sent }
    /// Deliveries that will surely not arrive.
    package var failed: Int { tally.failed }
    /// Deliveries that ended without a request.
    package var skipped: Int { tally.skipped }
    /// Deliveries of which nobody knows whether they arrived.
    package var unknown: Int { tally.unknown }
    /// Not ended, those of claimed pages included.
    package var pending: Int { tally.pending }
    /// Rows of user ids that an earlier row has.
    package var duplicates: Int { tally.duplicates }
}

extension Accounting {
    mutating func add(_ problem: String) {
        if problems.count < Self.problemsMax {
            problems.append(problem)
        } else {
            problemsOmitted += 1
        }
    }

    /// Counts the rows of a page that has no records yet.
    mutating func addUnstored(_ row: PageRow) {
        tally.add(row.count, DeliveryOutcome(.pending, .none))
        if row.state == .done || row.state == .parked {
            add("page \(row.page.rawValue) is \(row.state) and has no records")
        }
    }

    /// Counts the records of a page.
    mutating func add(_ records: UnsafeMutableBufferPointer<DeliveryRecord>, of row: PageRow) {
        var invalid = 0
        var pendingHere = 0
        unsafe tally.add(UnsafeBufferPointer(records)) { record in
            guard record.isStorable else {
                invalid += 1
                return false
            }
            if case .pending = record.status { pendingHere += 1 }
            attempts += Int(record.attempts)
            if record.generation > 0 { resent += 1 }
            return true
        }
        unreadable += invalid
        if invalid > 0 {
            add("page \(row.page.rawValue) has \(invalid) records that no store may hold")
        }
        if row.state == .done, pendingHere > 0 {
            add("page \(row.page.rawValue) is done and has \(pendingHere) pending deliveries")
        }
    }

    /// Compares the sums with each other and with what the import has counted.
    mutating func close(rows: Int, _ campaign: CampaignRow) {
        total = rows - duplicates
        let accounted = tally.ended + tally.pending
        if accounted != total {
            add("\(total) recipients, but \(accounted) outcomes")
        }
        let counts = campaign.counts
        if pages != counts.pages { add("\(pages) pages, but \(counts.pages) were imported") }
        if total != counts.recipients {
            add("\(total) recipients, but \(counts.recipients) were imported")
        }
        if duplicates != counts.duplicates {
            add("\(duplicates) duplicates, but the import had found \(counts.duplicates)")
        }
        if counts.rowsRead != counts.recipients + counts.duplicates + counts.rejected {
            add("the import's own counts do not add up")
        }
        if campaign.state == .completed, pending > 0 {
            add("the campaign is completed, and \(pending) deliveries are pending")
        }
    }
}
