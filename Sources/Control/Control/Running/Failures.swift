package import ControlDirectory
import Foundation
import GRDB
import Storage

extension Problem {
    /// What a caller is told of a failure; one that is no problem of the request itself is for the
    /// log.
    package static func of(_ error: any Error) -> Problem {
        if let problem = error as? Problem { return problem }
        let isFull =
            (error as? DatabaseError)?.resultCode == .SQLITE_FULL
            || (error as? StorageError)?.code == .full
        if isFull { return Problem(.storageFull, "the change was not made") }
        return Problem(
            .internalError,
            (error.isOfCampaignFile ? "the campaign's file cannot be used; " : "")
                + "the server's log has the reason")
    }
}

extension Error {
    /// Whether it says that the file of one campaign cannot be used.
    var isOfCampaignFile: Bool { self is StorageError || self is SnapshotLost }

    /// Why a campaign cannot run, for its status: which folder its files are in is for the log.
    var statusReason: String {
        switch self {
        case is SnapshotLost: SnapshotLost.reason
        case let error as StorageError:
            "cannot \(error.operation): \(URL(fileURLWithPath: error.path).lastPathComponent): "
                + "\(error.code.rawValue): \(error.message)"
        case is Problem, is DatabaseError: Problem.of(self).detail
        default: "\(self)"
        }
    }
}
