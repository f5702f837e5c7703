import Engine
import Jinja

/// The blob of a page of the given recipients, each the user id followed by its columns.
func page(of recipients: [[OwnedValue]], columns: Int) -> [UInt8] {
    var builder = AudiencePageBuilder()
    for recipient in recipients {
        let appended = unsafe withSlots(recipient) { slots in
            unsafe builder.append(slots.baseAddress!, count: slots.count)
        }
        precondition(appended == .added)
    }
    return unsafe builder.finish(columnCount: columns) { blob in unsafe [UInt8](blob) }
}

/// Every recipient of a page, each as `slots` values: the user id, then the columns.
func recipients(of blob: [UInt8], slots slotCount: Int) throws -> [[OwnedValue]] {
    try unsafe blob.withUnsafeBytes { bytes in
        let page = try unsafe AudiencePage(checking: bytes)
        let slots = UnsafeMutablePointer<SlotValue>.allocate(capacity: slotCount)
        unsafe slots.initialize(repeating: .null, count: slotCount)
        defer { unsafe slots.deallocate() }
        return (0..<page.count).map { index in
            unsafe page.fill(slots, count: slotCount, recipientAt: index)
            let values = (0..<slotCount).map { unsafe OwnedValue(slots[$0]) }
            let id = unsafe String(decoding: page.userID(at: index), as: UTF8.self)
            precondition(slotCount == 0 || values[0] == .string(id))
            return values
        }
    }
}
