package import Audience
import GRDB
package import JSON
package import Logging

/// Reads users from a body of any length and writes them, a batch in a transaction.
///
/// One import is one thread: it waits for bytes, reads and checks a batch, and writes it while the
/// next bytes arrive. Each batch is durable when the next one begins, so that an import that breaks
/// off keeps what it had written; rows are upserts, so that it can be repeated from the start.
package struct UserImport: Sendable {
    let database: ControlDatabase
    let eligibility: Eligibility
    let uploads: UploadThreads
    let logger: Logger

    package init(
        database: ControlDatabase, eligibility: Eligibility, uploads: UploadThreads, logger: Logger
    ) {
        self.database = database
        self.eligibility = eligibility
        self.uploads = uploads
        self.logger = logger
    }

    /// The names of what an import may do with users who are known.
    package static let modes = UserWriter.Mode.allCases.map(\.rawValue)

    /// What is to be imported.
    package struct Request: Sendable {
        let source: BytePipe
        let format: AudienceFormat
        let isCompressed: Bool
        let mode: UserWriter.Mode

        /// Describes an import; an unknown mode counts as `upsert`.
        package init(
            _ source: BytePipe, format: AudienceFormat, isCompressed: Bool, mode: String?
        ) {
            self.source = source
            self.format = format
            self.isCompressed = isCompressed
            self.mode = mode.flatMap(UserWriter.Mode.init(rawValue:)) ?? .upsert
        }
    }

    /// How far an import has come.
    private struct Figures {
        var rows: UInt64 = 0
        var created = 0
        var updated = 0
        var rejected: UInt64 = 0
        var errors: [JSONValue] = []
        var listed = 0

        var counts: [String: JSONValue] {
            [
                "rows": .integer(Int64(rows)), "created": .integer(Int64(created)),
                "updated": .integer(Int64(updated)), "rejected": .integer(Int64(rejected)),
            ]
        }

        mutating func reject(_ line: UInt64, _ fault: UserFault) {
            listed += 1
            guard errors.count < InputLimits.importErrors else { return }
            var error: [String: JSONValue] = [
                "line": .integer(Int64(line)), "code": .string(fault.code),
                "message": .string(fault.message),
            ]
            if !fault.path.isEmpty { error["path"] = .string(fault.path) }
            errors.append(.object(error))
        }
    }

    /// Imports everything that comes out of the request's source.
    ///
    /// - Returns: What became of the rows.
    /// - Throws: `Problem`: `limitReached` while as many uploads run as may, `validationFailed` for
    ///   an input that cannot be read on; what was written until then stays, and the problem says
    ///   how much that is.
    package func run(_ caller: Caller, _ request: Request) async throws -> JSONValue {
        try await uploads.run("user import") { try work(caller, request) }
    }

    private func work(_ caller: Caller, _ request: Request) throws -> JSONValue {
        let started = ContinuousClock.now
        var figures = Figures()
        do {
            try copy(caller, request, &figures)
        } catch let error as AudienceError {
            logger.info("import broke off", metadata: ["reason": "\(error)"])
            try audit(caller, figures)
            throw Problem(
                .validationFailed,
                "\(error); what was written until then stays, and to repeat the import is safe",
                members: figures.counts)
        }
        try audit(caller, figures)
        let (seconds, attoseconds) = (ContinuousClock.now - started).components
        let answer: [String: JSONValue] = [
            "errors": .array(figures.errors),
            "errors_omitted": .integer(Int64(figures.listed - figures.errors.count)),
            "seconds": .number(Double(seconds) + (Double(attoseconds) / 1e15).rounded() / 1e3),
        ]
        return .object(figures.counts.merging(answer) { first, _ in first })
    }

    private func copy(
        _ caller: Caller, _ request: Request, _ figures: inout Figures
    ) throws {
        func rules() throws -> UserRules {
            try database.pool.read { db in try UserInput.rules(caller.app, db) }
        }
        var reader = try UserReader(
            BytePipeReader(request.source), format: request.format,
            isCompressed: request.isCompressed,
            rules: rules())
        var batch = UserBatch(capacity: 1 << 20)
        var goesOn = true
        while goesOn {
            batch.removeAll()
            goesOn = try reader.fill(&batch, rules())
            let outcome = try write(batch, caller, request.mode)
            figures.rows += UInt64(batch.rows.count) + batch.rejectedLines
            figures.created += outcome.created
            figures.updated += outcome.updated
            figures.rejected += batch.rejectedLines + UInt64(outcome.taken.count)
            for reject in batch.rejects { figures.reject(reject.line, reject.fault) }
            for index in outcome.taken {
                figures.reject(
                    batch.rows[index].line,
                    UserFault("/id", "already_exists", "there is a user of this id"))
            }
        }
    }

    private func write(
        _ batch: borrowing UserBatch, _ caller: Caller, _ mode: UserWriter.Mode
    ) throws -> UserWriter.Outcome {
        guard !batch.rows.isEmpty else { return UserWriter.Outcome() }
        return try database.pool.write { db in
            var writer = try UserWriter(
                db, app: caller.app, mode: mode, count: batch.rows.count,
                now: database.clock.now)
            let outcome = try writer.write(batch)
            eligibility.publish(outcome.changes, after: db)
            return outcome
        }
    }

    private func audit(_ caller: Caller, _ figures: Figures) throws {
        try database.pool.write { db in
            try AuditEntry("import", "user", "", after: .object(figures.counts))
                .record(by: caller, at: database.clock.now, db)
        }
    }
}
