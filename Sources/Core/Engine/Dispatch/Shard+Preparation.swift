import Jinja

/// Messages that their provider completes before they start.
extension Shard {
    /// Lets the provider complete a rendered message in its flight's buffer.
    ///
    /// - Returns: Whether it can be sent; if not, the recipient has been set aside or has ended.
    mutating func prepare(
        by preparer: any MessagePreparer,
        _ reference: RecipientReference, _ run: UnsafeMutablePointer<SendRun>,
        in flight: UnsafeMutablePointer<Flight>, _ now: Moment
    ) -> Bool {
        let page = unsafe pages[reference.slot]
        let record = unsafe journal.records(reference.slot).advanced(by: reference.index)
        // The buffer of a free flight: nobody else uses it until this send has begun.
        let preparation = unsafe withUnsafeMutablePointer(to: &flight.pointee.buffer) { buffer in
            var draft = unsafe MessageDraft(
                flight.pointee.request, in: buffer, campaign: run.pointee.plan.id,
                ordinal: page.pointee.ordinal(at: reference.index),
                generation: record.pointee.generation)
            let preparation = preparer.prepare(&draft, at: now)
            unsafe flight.pointee.request = draft.request
            return preparation
        }
        switch preparation {
        case .ready:
            unsafe precondition(
                flight.pointee.request.addedCount == run.pointee.addedFieldCount,
                "a message was prepared with other fields than its provider announced")
            guard unsafe flight.pointee.request.bodyCount > EngineLimits.bodyBytesMax else {
                return true
            }
            unsafe refuse(record, page, run, .messageTooLarge, now)
        case .refused(let reason):
            unsafe refuse(record, page, run, reason, now)
        case .notYet(let milliseconds):
            let milliseconds = max(1, milliseconds)
            unsafe record.pointee.timeMilliseconds = now.wallMilliseconds + milliseconds + 1
            unsafe wait(reference, page, milliseconds: milliseconds, now)
        }
        return false
    }

    private func refuse(
        _ record: UnsafeMutablePointer<DeliveryRecord>, _ page: UnsafeMutablePointer<ActivePage>,
        _ run: UnsafeMutablePointer<SendRun>, _ reason: DeliveryReason, _ now: Moment
    ) {
        unsafe record.pointee.reason = reason
        unsafe record.pointee.code = 0
        unsafe fail(record, page, run, now)
    }
}
