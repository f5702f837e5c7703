import Engine

extension CampaignDatabase {
    /// Sums the records of all pages and checks what can be checked: the proof of `verify`.
    ///
    /// Damage does not end it: each damaged page is a problem, and the sums hold the others. Beside
    /// a running writer it shows one moment; pages that are claimed count as stored before the
    /// claim.
    ///
    /// - Parameter checkingRecipients: Whether to read the audience too and compare it with its
    ///   checksums, which takes as long as reading the file.
    /// - Returns: The sums, with what does not fit.
    /// - Throws: `inputOutput` and `busy` only.
    package func accounting(checkingRecipients: Bool) throws(StorageError) -> Accounting {
        thread.check()
        var accounting = Accounting()
        var rows = 0
        do throws(StorageError) {
            var scan = try scan(includingRecipients: false)
            // As of the same moment as the pages.
            let campaign = try Self.readCampaign(connection)
            while let row = try scan.nextRow() {
                if Int(row.page.rawValue) != accounting.pages {
                    accounting.add("page \(row.page.rawValue) follows \(accounting.pages) pages")
                }
                accounting.pages += 1
                rows += row.count
                try account(for: row, in: &scan, checkingRecipients, &accounting)
            }
            accounting.close(rows: rows, campaign)
        } catch  where error.code == .damaged {
            // The list of pages ends here: what follows cannot be found any more.
            accounting.total = rows - accounting.duplicates
            accounting.add(error.description)
        }
        return accounting
    }

    private func account(
        for row: PageRow, in scan: inout PageScan, _ checkingRecipients: Bool,
        _ accounting: inout Accounting
    ) throws(StorageError) {
        do throws(StorageError) {
            if let records = try unsafe scan.readRecords(of: row) {
                unsafe accounting.add(records, of: row)
            } else {
                accounting.addUnstored(row)
            }
        } catch  where error.code == .damaged {
            accounting.unreadable += row.count
            accounting.add(error.description)
        }
        guard checkingRecipients else { return }
        do throws(StorageError) {
            try scan.readRecipients(of: row)
        } catch  where error.code == .damaged {
            accounting.add(error.description)
        }
    }
}
