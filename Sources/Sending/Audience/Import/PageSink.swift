package import Engine

/// Receives the pages of an audience, in the order of their indexes.
///
/// The calls come from one thread: `append` for every page from 0 up, then `markDuplicates` for the
/// pages that hold duplicates, again in ascending order. If a call throws, or the import ends with
/// an error, what was received is not an audience and must be dropped.
package protocol PageSink: AnyObject {
    /// Takes the next page.
    ///
    /// - Parameters:
    ///   - page: The page's index: one more than the last, from 0.
    ///   - blob: The page's bytes, valid for the call only.
    ///   - count: The recipients in it, those included that turn out to be duplicates later.
    /// - Throws: Whatever keeps the sink from taking it; the import ends with `AudienceError.sink`.
    func append(page: PageIndex, blob: UnsafeRawBufferPointer, count: Int) throws

    /// Marks recipients of a page whose user id an earlier recipient has: they are not sent.
    ///
    /// - Parameters:
    ///   - page: The index of a page that was appended; each at most once.
    ///   - indexes: The recipients' indexes in the page, ascending, valid for the call only.
    /// - Throws: Whatever keeps the sink from marking them; ends the import too.
    func markDuplicates(page: PageIndex, indexes: UnsafeBufferPointer<UInt16>) throws
}
