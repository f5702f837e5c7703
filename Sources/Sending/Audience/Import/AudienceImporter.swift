import Engine

/// Reads an audience and snapshots it into pages, after which its file may go away.
///
/// Rows that cannot be used are listed and counted, never dropped in silence; user ids that were
/// met before are marked as duplicates. One import is one call on one thread, and takes about 20 MB
/// whatever the size of the audience.
package struct AudienceImporter {
    /// What an import needs to know beside its input.
    package struct Options {
        /// The bounds of rows and of the list of rejects.
        package var limits = AudienceLimits.standard
        /// How many rejects end the import instead of being listed.
        package var rejectLimit = RejectLimit.standard
        /// Where a temporary file may be, of 16 bytes a recipient.
        package var spoolDirectory: String
        /// How the search for duplicates divides its memory.
        package var spoolSizes = SpoolSizes.standard
        /// A key drawn at random for this import.
        package var hashKey: UserIDHashKey

        /// The standard bounds, and what has no standard.
        package init(spoolDirectory: String, hashKey: UserIDHashKey) {
            self.spoolDirectory = spoolDirectory
            self.hashKey = hashKey
        }
    }

    private let options: Options
    private let rejects: RejectsWriter?
    private let progressed: (ImportProgress) -> Void
    private let isCancelled: () -> Bool

    /// How many rows may pass between two looks at `isCancelled`, when no page is completed.
    private static let rowsPerCheck: UInt64 = 4_096

    /// Prepares an import.
    ///
    /// - Parameters:
    ///   - options: Limits, and where and how to search for duplicates.
    ///   - rejects: Lists the rejects; nil to only count them.
    ///   - progressed: Called about once per page, from the importing thread.
    ///   - isCancelled: Asked as often; when it returns true the import throws `cancelled`.
    package init(
        _ options: Options, rejects: RejectsWriter? = nil,
        progressed: @escaping (ImportProgress) -> Void = { _ in },
        isCancelled: @escaping () -> Bool = { false }
    ) {
        precondition(options.limits.fitPages, "rows within the limits must fit a page")
        self.options = options
        self.rejects = rejects
        self.progressed = progressed
        self.isCancelled = isCancelled
    }

    /// Reads all of an input into pages.
    ///
    /// - Parameters:
    ///   - input: The audience.
    ///   - sink: Receives the pages, then the duplicates. After an error it must drop them.
    /// - Returns: What was read. `rows = recipients + duplicates + rejected`.
    /// - Throws: Every case of `AudienceError`; `tooManyRejects` as soon as that is certain: at
    ///   once for a number of lines, at the end of the input for a share.
    package func run(
        _ input: AudienceInput, into sink: any PageSink
    ) throws(AudienceError) -> ImportSummary {
        do {
            return try read(input, into: sink)
        } catch {
            // The rejects so far may be the reason; a second failure would only hide the first.
            try? rejects?.finish()
            throw error
        }
    }

    private func read(
        _ input: AudienceInput, into sink: any PageSink
    ) throws(AudienceError) -> ImportSummary {
        var columns = ColumnTable(columnsMax: options.limits.columnsMax)
        let window = InputWindow(input.source, rowBytesMax: options.limits.rowBytesMax)
        switch input.format {
        case .csv:
            var reader = try CSVReader(window, limits: options.limits, columns: &columns)
            return try readAll(&reader, input, columns, sink)
        case .jsonLines:
            var reader = try JSONLinesReader(window, limits: options.limits)
            return try readAll(&reader, input, columns, sink)
        }
    }

    private func readAll<Reader: RowReader & ~Copyable>(
        _ reader: inout Reader, _ input: AudienceInput, _ initialColumns: ColumnTable,
        _ sink: any PageSink
    ) throws(AudienceError) -> ImportSummary {
        var columns = initialColumns
        var pages = PageAssembler(
            sink: sink, hashKey: options.hashKey, spoolDirectory: options.spoolDirectory,
            spoolSizes: options.spoolSizes)
        let row = RowSlots(columnsMax: options.limits.columnsMax)
        var progress = ImportProgress(fileBytes: input.sizeBytes)
        var nextCheck = Self.rowsPerCheck
        reading: while true {
            var pageClosed = false
            switch try reader.next(into: row, &columns) {
            case .row:
                progress.rows += 1
                pageClosed = try unsafe pages.append(
                    row.slots, count: columns.count + 1, columnCount: columns.count)
            case .rejected:
                guard let reject = reader.reject else {
                    preconditionFailure("a rejected row has its reason")
                }
                progress.rows += reject.count
                progress.rejected += reject.count
                try rejects?.append(reject)
                if case .lines(let limit) = options.rejectLimit, progress.rejected > limit {
                    break reading
                }
            case .end: break reading
            }
            if pageClosed || progress.rows >= nextCheck {
                nextCheck = progress.rows + Self.rowsPerCheck
                progress.fileBytesRead = reader.fileBytesRead
                progressed(progress)
                if isCancelled() { throw .cancelled }
            }
        }
        try rejects?.finish()
        if options.rejectLimit.isExceeded(rejected: progress.rejected, rows: progress.rows) {
            throw .tooManyRejects(
                rejected: progress.rejected, rows: progress.rows, limit: options.rejectLimit)
        }
        progress.fileBytesRead = reader.fileBytesRead
        progressed(progress)
        let duplicates = try pages.finish(columnCount: columns.count, isCancelled: isCancelled)
        return ImportSummary(
            rows: progress.rows, recipients: pages.count - duplicates, duplicates: duplicates,
            rejected: progress.rejected, pages: pages.pages, columns: columns,
            pageBytes: pages.pageBytes, fileBytesRead: progress.fileBytesRead)
    }
}
