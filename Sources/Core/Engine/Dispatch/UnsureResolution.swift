/// Settles the records that a process left behind when it died.
package enum UnsureResolution {
    /// Turns every `inFlight` record of a surviving page into what the guarantee says.
    ///
    /// At least once, it becomes pending again and keeps its key; the attempt that the crash cut
    /// off is not counted against it. At most once, it ends as `unknown`.
    ///
    /// - Returns: How many records were on the wire.
    package static func settle(
        _ records: UnsafeMutableBufferPointer<DeliveryRecord>, guarantee: DeliveryGuarantee,
        wallMilliseconds: Int64
    ) -> Int {
        var unsure = 0
        for index in records.indices
        where unsafe records[index].status == .inFlight {
            unsure += 1
            unsafe markUnsure(
                &records[index], guarantee: guarantee, wallMilliseconds: wallMilliseconds)
        }
        return unsure
    }

    /// Treats every pending record as if it had been on the wire: what a page that was claimed when
    /// the machine lost power comes to, since nothing says which of its requests had left.
    ///
    /// - Returns: How many records were pending.
    package static func settleWithoutJournal(
        _ records: UnsafeMutableBufferPointer<DeliveryRecord>, guarantee: DeliveryGuarantee,
        wallMilliseconds: Int64
    ) -> Int {
        for index in records.indices where unsafe records[index].status == .pending {
            unsafe records[index].status = .inFlight
            unsafe records[index].attempts &+= records[index].attempts == 255 ? 0 : 1
        }
        return unsafe settle(records, guarantee: guarantee, wallMilliseconds: wallMilliseconds)
    }

    private static func markUnsure(
        _ record: inout DeliveryRecord, guarantee: DeliveryGuarantee, wallMilliseconds: Int64
    ) {
        record.flags.insert(.unsure)
        switch guarantee {
        case .atLeastOnce:
            record.status = .pending
            record.timeMilliseconds = 0
            if record.attempts > 0 { record.attempts -= 1 }
        case .atMostOnce:
            record.status = .unknown
            record.reason = .crashed
            record.code = 0
            record.timeMilliseconds = wallMilliseconds
        }
    }
}
