/// Why the bytes of a page or of a column table cannot be used, and where.
///
/// The stored bytes were damaged or come from another version: nothing of them is read.
package struct AudiencePageError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong with the bytes.
    package enum Problem: Equatable, Sendable {
        /// There are fewer bytes than the header, the counts or a value announce.
        case truncated
        /// The first bytes are not those of a page.
        case notAPage
        /// A page of a version that this program does not read.
        case unknownVersion(UInt16)
        /// The header counts more recipients or bytes than a page may have, or has bits it must
        /// not.
        case badHeader
        /// A record's offset is not where the record before it ends.
        case badOffset
        /// A value's tag does not go with its length.
        case badTag
        /// A record does not begin with a user id, or has more values than the page has columns.
        case badRecord
        /// The structure is sound, but the content is not what was written.
        case checksumMismatch
        /// Names of a column table are empty, repeated, not UTF-8 or too many.
        case badColumnNames
    }

    /// What is wrong.
    package let problem: Problem
    /// The byte of the blob at which the problem shows.
    package let offset: Int
    /// The index of the recipient whose record it is, when it is in a record.
    package let recipient: Int?

    init(_ problem: Problem, offset: Int, recipient: Int? = nil) {
        self.problem = problem
        self.offset = offset
        self.recipient = recipient
    }

    /// The problem and its place, for people.
    package var description: String {
        let place = recipient.map { ", in the record of recipient \($0)" } ?? ""
        return "damaged audience page: \(problem) at byte \(offset)\(place)"
    }
}
