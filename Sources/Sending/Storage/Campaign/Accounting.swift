package import Engine

/// What became of the campaign's deliveries, summed from the records and from nothing else.
///
/// Closed when `problems` is empty: `total` = `sent` + `failed` + `skipped` + `unknown` +
/// `pending`.
package struct Accounting: Equatable, Sendable {
    /// Rows in pages less the duplicates.
    package internal(set) var total = 0
    package internal(set) var sent = 0
    package internal(set) var failed = 0
    package internal(set) var skipped = 0
    package internal(set) var unknown = 0
    /// Not ended, those of claimed pages included.
    package internal(set) var pending = 0
    package internal(set) var duplicates = 0
    /// Rows whose records cannot be read; they are in `total` and in nothing else.
    package internal(set) var unreadable = 0
    /// Attempts of all deliveries in their present generation.
    package internal(set) var attempts = 0
    /// Deliveries that were deliberately sent anew at least once.
    package internal(set) var resent = 0
    /// Deliveries, and duplicates, per status, reason and code.
    package internal(set) var outcomes: [DeliveryOutcome: Int] = [:]
    package internal(set) var pages = 0
    /// What does not fit, in sentences for people; the first `problemsMax` ones.
    package internal(set) var problems: [String] = []
    /// Problems that were found beyond those.
    package internal(set) var problemsOmitted = 0

    /// Problems kept as text: a damaged file may have one per page.
    package static let problemsMax = 100
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
        pending += row.count
        outcomes[DeliveryOutcome(.pending, .none), default: 0] += row.count
        if row.state == .done || row.state == .parked {
            add("page \(row.page.rawValue) is \(row.state) and has no records")
        }
    }

    /// Counts the records of a page.
    mutating func add(_ records: UnsafeMutableBufferPointer<DeliveryRecord>, of row: PageRow) {
        var invalid = 0
        var pendingHere = 0
        // Neighbours mostly ended alike: one dictionary access per change, not per record.
        var run = (first: DeliveryRecord(), count: 0)
        for index in records.indices {
            let record = unsafe records[index]
            guard record.isStorable else {
                invalid += 1
                continue
            }
            if case .pending = record.status { pendingHere += 1 }
            attempts += Int(record.attempts)
            if record.generation > 0 { resent += 1 }
            if record.outcomeNumber == run.first.outcomeNumber {
                run.count += 1
            } else {
                add(run.first, run.count)
                run = (record, 1)
            }
        }
        add(run.first, run.count)
        unreadable += invalid
        if invalid > 0 {
            add("page \(row.page.rawValue) has \(invalid) records that no store may hold")
        }
        if row.state == .done, pendingHere > 0 {
            add("page \(row.page.rawValue) is done and has \(pendingHere) pending deliveries")
        }
    }

    private mutating func add(_ record: DeliveryRecord, _ count: Int) {
        guard count > 0 else { return }
        let outcome = DeliveryOutcome(record.status, record.reason, code: record.code)
        outcomes[outcome, default: 0] += count
        switch outcome.status {
        case .pending, .inFlight: pending += count
        case .sent: sent += count
        case .failed: failed += count
        case .skipped: skipped += count
        case .unknown: unknown += count
        case .duplicate: duplicates += count
        }
    }

    /// Compares the sums with each other and with what the import has counted.
    mutating func close(rows: Int, _ campaign: CampaignRow) {
        total = rows - duplicates
        let accounted = sent + failed + skipped + unknown + pending
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

extension DeliveryRecord {
    /// Status, reason and code in one number, to compare neighbours fast.
    fileprivate var outcomeNumber: UInt32 {
        UInt32(status.rawValue) << 24 | UInt32(reason.rawValue) << 16 | UInt32(code)
    }
}
