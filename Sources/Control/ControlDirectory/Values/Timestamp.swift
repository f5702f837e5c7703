import Foundation
package import GRDB
import Structures

/// A moment as the API and the database know it: Unix milliseconds.
package struct Timestamp: Hashable, Comparable, Sendable {
    /// Since the beginning of 1970 in UTC, without leap seconds.
    package var milliseconds: Int64

    /// A time of Unix milliseconds.
    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// A time so many seconds later, or earlier for a negative number.
    package static func + (time: Timestamp, seconds: Int64) -> Timestamp {
        Timestamp(milliseconds: time.milliseconds + seconds * 1_000)
    }

    /// Reads RFC 3339 with an offset, with or without a fraction; finer than a millisecond is cut.
    package init?(rfc3339 text: String) {
        guard let time = RFC3339.milliseconds(text) else { return nil }
        milliseconds = time
    }

    /// RFC 3339 in UTC with milliseconds.
    package var rfc3339: String {
        // The format cuts what is finer than a millisecond, and most milliseconds are no doubles.
        Date(timeIntervalSince1970: Double(milliseconds) / 1_000 + 0.000_5)
            .formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// The calendar month in UTC, such as `2026-11`.
    package var month: String { String(rfc3339.prefix(7)) }
}

extension Timestamp: DatabaseValueConvertible {
    package var databaseValue: DatabaseValue { milliseconds.databaseValue }

    package static func fromDatabaseValue(_ value: DatabaseValue) -> Timestamp? {
        Int64.fromDatabaseValue(value).map(Timestamp.init(milliseconds:))
    }
}
