package import GRDB

/// Which row of a table: the number in `pk`, by which rows refer to each other.
///
/// Rows of different tables are different types, so that one is never taken for another. What the
/// API shows of a thing is its id, a text; a row is not seen outside of the process.
@frozen
package struct RowID<Table>: RawRepresentable, Hashable, Comparable, Sendable {
    /// The number, from 1 on.
    package let rawValue: Int64

    /// Takes a number that the database has given.
    @inlinable
    package init(rawValue: Int64) { self.rawValue = rawValue }

    @inlinable
    package static func < (left: RowID, right: RowID) -> Bool { left.rawValue < right.rawValue }

    /// The row so many further on; for who gives out numbers.
    @inlinable
    package func advanced(by count: Int) -> RowID { RowID(rawValue: rawValue + Int64(count)) }
}

// Read as its raw value is.
extension RowID: DatabaseValueConvertible, StatementColumnConvertible {
    package var databaseValue: DatabaseValue { rawValue.databaseValue }
}

extension RowID: CustomStringConvertible {
    package var description: String { "\(rawValue)" }
}

// MARK: The tables

package enum AppTable {}
package enum CampaignTable {}
package enum EventMessageTable {}
package enum EventWebhookTable {}
package enum SegmentTable {}
package enum TagTable {}
package enum TemplateTable {}
package enum UserTable {}

/// Whose something is: nearly every table has a column of it.
package typealias AppRowID = RowID<AppTable>
/// A campaign, a run of one, a test, or a notification.
package typealias CampaignRowID = RowID<CampaignTable>
/// A message to an event webhook.
package typealias EventMessageRowID = RowID<EventMessageTable>
/// Where an app is told of its campaigns.
package typealias EventWebhookRowID = RowID<EventWebhookTable>
package typealias SegmentRowID = RowID<SegmentTable>
package typealias TagRowID = RowID<TagTable>
package typealias TemplateRowID = RowID<TemplateTable>
package typealias UserRowID = RowID<UserTable>
