import Engine

/// Aligned room for the records of one page, reused for every page.
///
/// SQLite hands out blobs at any alignment, so records are always copied here before they are read
/// as records.
// SAFETY: it owns its memory for its whole life; a count beyond a page's recipients is stopped by
// the slice.
@safe
final class RecordBuffer {
    private let storage: UnsafeMutableBufferPointer<DeliveryRecord>

    init() {
        unsafe storage = .allocate(capacity: PageLayout.recipientsMax)
        unsafe storage.initialize(repeating: DeliveryRecord())
    }

    deinit { unsafe storage.deallocate() }

    /// The first `count` records, valid until the buffer is used again.
    func records(_ count: Int) -> UnsafeMutableBufferPointer<DeliveryRecord> {
        unsafe UnsafeMutableBufferPointer(rebasing: storage[..<count])
    }
}
