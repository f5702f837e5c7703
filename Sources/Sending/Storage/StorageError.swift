package import Engine

/// Why the store could not do what it was asked: a code to act on, and where it happened.
///
/// The text names files, pages and SQLite's own message. Statements bind every value, so no
/// message can quote a recipient.
package struct StorageError: Error, Sendable, CustomStringConvertible {
    /// What to do about it depends on this alone.
    package enum Code: String, Sendable {
        /// There is nothing at the path.
        case missing
        /// There is something at the path already.
        case exists
        /// The file or folder does not belong to Fanfare.
        case notACampaign = "not a campaign"
        /// A newer Fanfare wrote it.
        case newerVersion = "newer version"
        /// An older Fanfare wrote it, and it was opened for reading only.
        case olderVersion = "older version"
        /// Content does not match its checksum, or SQLite finds the file malformed.
        case damaged
        /// The audience is not complete: remove the database and import anew.
        case importUnfinished = "import unfinished"
        /// Another process owns the state directory.
        case locked
        /// Another process held the database for longer than the store waits.
        case busy
        /// The disk is full.
        case full
        /// The operating system refused or failed.
        case inputOutput = "input/output"
        /// A named limit of `StorageLimits` was passed.
        case tooLarge = "too large"
        /// Figures that must agree do not.
        case inconsistent
        /// Anything else that SQLite reports.
        case failed
    }

    /// The kind of failure, which alone decides what can be done about it.
    package let code: Code
    /// What was being done, as a verb phrase: `read the recipients`.
    package let operation: String
    /// The file or folder.
    package let path: String
    /// The page at fault, `nil` when no single one is.
    package let page: PageIndex?
    /// What was found instead, or SQLite's or the system's own words; never a recipient's data.
    package let message: String
    /// SQLite's extended result code or `errno`; 0 when neither spoke.
    package let systemCode: Int32

    init(
        _ code: Code, _ operation: String, path: String, page: PageIndex? = nil, message: String,
        systemCode: Int32 = 0
    ) {
        self.code = code
        self.operation = operation
        self.path = path
        self.page = page
        self.message = message
        self.systemCode = systemCode
    }

    package var description: String {
        let place = page.map { "\(path), page \($0.rawValue)" } ?? path
        let number = systemCode == 0 ? "" : " (\(systemCode))"
        return "cannot \(operation): \(place): \(code.rawValue): \(message)\(number)"
    }
}
