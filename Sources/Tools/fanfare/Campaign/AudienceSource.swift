import Audience
import Engine
import Glibc

/// An audience as the command line names it.
struct AudienceSource {
    let path: String
    let format: AudienceFormat?
    let rejectLimit: RejectLimit
    /// Where rejected rows are listed, if not in the campaign's directory.
    var rejectsPath: String?

    /// - Throws: `CommandFailure` naming the option.
    init(path: String, format: String?, maxRejects: String) throws {
        self.path = path
        self.format = try format.map { try Self.format($0, option: "--audience-format") }
        guard let limit = RejectLimit(maxRejects) else {
            throw CommandFailure.usage(
                "--max-rejects: “\(maxRejects)” is neither a share like 1% nor a number of rows")
        }
        rejectLimit = limit
    }

    static func format(_ name: String, option: String) throws -> AudienceFormat {
        guard let format = AudienceFormat(name: name) else {
            throw CommandFailure.usage("\(option): “\(name)” is not known; expected csv or jsonl")
        }
        return format
    }

    /// Reads the audience into a sink of pages.
    ///
    /// - Parameters:
    ///   - sink: Takes the pages.
    ///   - directory: Where `rejects.csv` and temporary files go.
    ///   - isQuiet: Whether to show nothing.
    ///   - isCancelled: Asked about once per page.
    /// - Returns: What was read.
    /// - Throws: `CommandFailure`.
    func importing(
        into sink: any PageSink, directory: String, isQuiet: Bool, isCancelled: @escaping () -> Bool
    ) throws -> ImportSummary {
        var random = SystemRandomNumberGenerator()
        var options = AudienceImporter.Options(
            spoolDirectory: directory, hashKey: UserIDHashKey(using: &random))
        options.rejectLimit = rejectLimit
        let rejectsPath = rejectsPath ?? "\(directory)/rejects.csv"
        var rejects: RejectsWriter?
        do {
            let writer = try RejectsWriter(path: rejectsPath)
            rejects = writer
            var view = ImportProgressView(isQuiet: isQuiet)
            let importer = AudienceImporter(
                options, rejects: writer, progressed: { view.show($0) }, isCancelled: isCancelled)
            let summary = try importer.run(
                try AudienceInput(path: path, format: format), into: sink)
            view.finish()
            if summary.rejected > 0, !isQuiet {
                Terminal.error(
                    "\(Figures.grouped(summary.rejected)) rows were rejected; see \(rejectsPath)")
            }
            if summary.duplicates > 0, !isQuiet {
                Terminal.error(
                    "\(Figures.grouped(summary.duplicates)) rows repeat a user id and are sent once"
                )
            }
            return summary
        } catch {
            if rejects?.listed ?? 0 == 0 { unsafe unlink(rejectsPath) }
            switch error {
            case .cancelled: throw CommandFailure.other("interrupted before anything was sent")
            case .sink(let cause): throw CommandFailure.other("cannot store the audience: \(cause)")
            case .tooManyRejects:
                throw CommandFailure.usage("--audience: \(path): \(error); see \(rejectsPath)")
            default: throw CommandFailure.usage("--audience: \(path): \(error)")
            }
        }
    }
}
