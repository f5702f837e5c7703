import Engine
import Jinja

/// Reads the rows of a CSV input into slots.
///
/// The header says which field is the user id and which column every other field is. All values are
/// strings, as CSV knows no types; an empty field is an empty string.
struct CSVReader: RowReader, ~Copyable {
    private var scanner: CSVScanner
    private let limits: AudienceLimits
    /// The slot of every field of a row.
    private let slotOfField: [Int]
    private let userIDField: Int

    var reject: Reject? { scanner.reject }
    var fileBytesRead: UInt64 { scanner.window.fileBytesRead }

    /// Reads the header.
    ///
    /// - Parameters:
    ///   - window: The window at the start of the input.
    ///   - limits: The limits of rows and columns.
    ///   - columns: The table into which the header's names go.
    /// - Throws: `header`, or what the source throws.
    init(
        _ window: consuming InputWindow, limits: AudienceLimits, columns: inout ColumnTable
    ) throws(AudienceError) {
        // One field more than the columns for the user id, and one to see that there are too many.
        var scanner = CSVScanner(
            window, fieldsMax: limits.columnsMax + 2, rowBytesMax: limits.rowBytesMax)
        try scanner.skipByteOrderMark()
        let header = try CSVHeader(&scanner, limits: limits, columns: &columns)
        self.scanner = scanner
        self.limits = limits
        slotOfField = header.slotOfField
        userIDField = header.userIDField
    }

    mutating func next(
        into row: RowSlots, _ columns: inout ColumnTable
    ) throws(AudienceError) -> RowOutcome {
        switch try scanner.next() {
        case .end: return .end
        case .rejected: return .rejected
        case .row: break
        }
        if let (place, reason) = unsafe fault() {
            unsafe scanner.rejectRow(at: place, reason)
            return .rejected
        }
        let fields = unsafe scanner.fields
        let slots = unsafe row.slots
        for field in 0..<slotOfField.count {
            let text = unsafe fields[field].text
            unsafe slots[slotOfField[field]] = unsafe SlotValue(string: text)
        }
        return .row
    }

    /// What is wrong with the row, and where.
    @inline(__always)
    private func fault() -> (UnsafeMutablePointer<UInt8>, RejectReason)? {
        let row = scanner.row
        let fields = unsafe scanner.fields
        if unsafe !ByteScan.isPlain(row.start, row.end),
            let fault = unsafe UTF8Check.firstFault(row.start, row.end)
        {
            return unsafe (row.start + fault.offset, fault.isZero ? .zeroByte : .invalidUTF8)
        }
        if row.fieldCount != slotOfField.count {
            let expected = slotOfField.count
            let reason = RejectReason.fieldCount(found: row.fieldCount, expected: expected)
            return unsafe (
                row.fieldCount > expected ? firstSurplus(expected) : row.end, reason
            )
        }
        let id = unsafe fields[userIDField]
        let bytes = unsafe UnsafeRawBufferPointer(start: id.start, count: id.end - id.start)
        if let fault = unsafe UserIDCheck.fault(bytes, limits) {
            return unsafe (id.start + fault.offset, fault.reason)
        }
        return nil
    }

    private func firstSurplus(_ expected: Int) -> UnsafeMutablePointer<UInt8> {
        unsafe expected < scanner.fieldsMax
            ? scanner.fields[expected].start : scanner.row.surplus ?? scanner.row.end
    }
}
