import Engine
import Jinja

/// The slots that a reader fills with one row: slot 0 is the user id, slot `i + 1` is column `i`.
///
/// Text in the slots points into the reader's window, and is valid until the reader is asked for
/// the next row.
// SAFETY: it owns its memory for its whole life; what the slots borrow is the reader's, as said.
@safe
final class RowSlots {
    let slots: UnsafeMutablePointer<SlotValue>
    let capacity: Int

    init(columnsMax: Int) {
        capacity = columnsMax + 1
        unsafe slots = UnsafeMutablePointer<SlotValue>.allocate(capacity: capacity)
        unsafe slots.initialize(repeating: .missing, count: capacity)
    }

    deinit { unsafe slots.deallocate() }
}

/// What a reader found next.
enum RowOutcome {
    /// A row is in the slots.
    case row
    /// A row cannot be used: see the reader's `reject`.
    case rejected
    /// The input has ended.
    case end
}

/// Reads the rows of one format, one after the other.
protocol RowReader: ~Copyable {
    /// Why the last row cannot be used, after the outcome `rejected`.
    var reject: Reject? { get }

    /// The bytes read from the file itself so far.
    var fileBytesRead: UInt64 { get }

    /// Reads the next row.
    ///
    /// - Parameters:
    ///   - row: Its slots are overwritten for the columns that the table has.
    ///   - columns: Grows by the variables that are met for the first time.
    /// - Returns: What was found.
    /// - Throws: What the source throws.
    mutating func next(
        into row: RowSlots, _ columns: inout ColumnTable
    ) throws(AudienceError) -> RowOutcome
}

/// What is asked of every user id, whatever the format.
enum UserIDCheck {
    /// What is wrong with an id, and at which of its bytes.
    static func fault(
        _ id: UnsafeRawBufferPointer, _ limits: AudienceLimits
    ) -> (reason: RejectReason, offset: Int)? {
        if id.count == 0 { return (.emptyUserID, 0) }
        if id.count > limits.userIDBytesMax {
            return (.userIDTooLong(limit: limits.userIDBytesMax), limits.userIDBytesMax)
        }
        // Ids end up in logs, headers and reports, where a line feed would forge a line.
        for offset in 0..<id.count {
            let byte = unsafe id[offset]
            if byte < 0x20 || byte == 0x7F { return (.controlCharacterInUserID, offset) }
        }
        return nil
    }
}
