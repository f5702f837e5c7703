package import Engine

/// A campaign's durable pages and results, as the store thread uses them.
///
/// Calls may block.
package protocol CampaignStore: AnyObject {
    /// Groups all changes until `commitTransaction` into one that is durable as a whole.
    func beginTransaction() throws
    func commitTransaction() throws

    /// Claims the next page that is due and reads it into `buffer`: parked pages whose time has
    /// come first, then fresh ones in order.
    func claimNextPage(nowMilliseconds: Int64, into buffer: PageBuffer) throws -> PageClaim

    /// Writes a page's results: done when `dueMilliseconds` is `nil`, else parked until then.
    func write(
        _ records: UnsafeBufferPointer<DeliveryRecord>, of page: PageID,
        dueMilliseconds: Int64?) throws

    /// Whether every page is done: none is fresh, parked or claimed.
    var isFinished: Bool { get }

    /// The pages that an earlier process had claimed and neither finished nor gave back, with what
    /// was stored of them.
    func unsettledPages() throws -> [UnsettledPage]

    /// The store has failed, and a page that it had handed out comes back with records that it will
    /// not be asked to write: whoever reserved something for the page can settle that.
    ///
    /// They are written when the campaign's claimed pages are settled. Of a page whose write was in
    /// the transaction that failed it is called, too.
    func abandon(_ records: UnsafeBufferPointer<DeliveryRecord>, of page: PageID)

    /// The calling thread will not use the store any more; another may from now on.
    ///
    /// After a failure a transaction may be open: it is given up.
    func letGo()
}

/// Carries a store to the store thread, which alone uses it until the runtime has released the
/// campaign.
// SAFETY: who makes the value promises not to touch the store in that time.
package struct StoreHandover: @unchecked Sendable {
    let store: any CampaignStore

    package init(_ store: any CampaignStore) { self.store = store }
}

/// The memory that a page is read into, reused from page to page.
// SAFETY: it owns its memory for its whole life; what is read into it says how long it is.
@safe
package final class PageBuffer {
    /// Kept between pages up to this many bytes; see `RuntimeLimits.pageBufferKeptBytes`.
    private var blob: UnsafeMutableRawBufferPointer
    private let records: UnsafeMutablePointer<DeliveryRecord>
    private let numbers: UnsafeMutablePointer<UInt32>
    private var blobCount = 0
    /// Whether `prepareOrdinals` was called for the page.
    private var hasOrdinals = false
    /// Whether `prepareRecords` was called for the page.
    private var hasRecords = false

    package init() {
        unsafe blob = .allocate(byteCount: 128 << 10, alignment: 16)
        unsafe records = .allocate(capacity: PageLayout.recipientsMax)
        unsafe records.initialize(
            repeating: DeliveryRecord(), count: PageLayout.recipientsMax)
        unsafe numbers = .allocate(capacity: PageLayout.recipientsMax)
        unsafe numbers.initialize(repeating: 0, count: PageLayout.recipientsMax)
    }

    deinit {
        unsafe blob.deallocate()
        unsafe records.deallocate()
        unsafe numbers.deallocate()
    }

    /// Makes room for a page's bytes, to be filled in by the caller.
    @unsafe
    package func prepare(byteCount: Int) -> UnsafeMutableRawBufferPointer {
        if unsafe byteCount > blob.count {
            unsafe blob.deallocate()
            unsafe blob = .allocate(byteCount: byteCount, alignment: 16)
        }
        blobCount = byteCount
        hasRecords = false
        hasOrdinals = false
        return unsafe UnsafeMutableRawBufferPointer(rebasing: blob[0..<byteCount])
    }

    /// Makes room for what was stored of the page, to be filled in by the caller.
    @unsafe
    package func prepareRecords(count: Int) -> UnsafeMutableBufferPointer<DeliveryRecord> {
        precondition(count <= PageLayout.recipientsMax, "a page has too many records")
        hasRecords = true
        return unsafe UnsafeMutableBufferPointer(start: records, count: count)
    }

    /// Makes room for the numbers of the page's recipients, to be filled in by the caller; without
    /// it they are numbered by page and place.
    ///
    /// - Parameter count: Recipients of the page, 1,024 at the most.
    /// - Returns: Room for a number each, in the order of their places.
    @unsafe
    package func prepareOrdinals(count: Int) -> UnsafeMutableBufferPointer<UInt32> {
        precondition(count <= PageLayout.recipientsMax, "a page has too many numbers")
        hasOrdinals = true
        return unsafe UnsafeMutableBufferPointer(start: numbers, count: count)
    }

    /// The page's bytes.
    @unsafe
    package var page: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(rebasing: blob[0..<blobCount])
    }

    /// The stored results, `nil` for a fresh page.
    @unsafe
    package var results: UnsafePointer<DeliveryRecord>? {
        unsafe hasRecords ? UnsafePointer(records) : nil
    }

    /// The numbers of the recipients, `nil` when they follow from page and place.
    @unsafe
    package var ordinals: UnsafePointer<UInt32>? {
        unsafe hasOrdinals ? UnsafePointer(numbers) : nil
    }

    package var byteCapacity: Int { unsafe blob.count }
}
