/// Small values beside the pages: figures of reports, statistics kept over resumes.
extension CampaignDatabase {
    /// The value of a name; `nil` when there is none.
    package func value(_ name: String) throws(StorageError) -> [UInt8]? {
        thread.check()
        let read = try connection.statement(.readValue)
        defer { read.reset() }
        return try unsafe Array(name.utf8).withUnsafeBufferPointer { name throws(StorageError) in
            unsafe read.bindText(1, name)
            return try read.step() ? read.bytes(0) : nil
        }
    }

    /// Sets the value of a name, or removes it with `nil`; part of the open transaction if any.
    ///
    /// - Throws: `tooLarge` beyond `StorageLimits.valueBytesMax`.
    package func setValue(_ name: String, _ value: [UInt8]?) throws(StorageError) {
        try writable()
        guard (value?.count ?? 0) <= StorageLimits.valueBytesMax else {
            throw StorageError(
                .tooLarge, "write a value", path: path,
                message: "'\(name)' has \(value?.count ?? 0) bytes")
        }
        let write = try connection.statement(value == nil ? .removeValue : .writeValue)
        try unsafe Array(name.utf8).withUnsafeBufferPointer { name throws(StorageError) in
            unsafe write.bindText(1, name)
            guard let value else { return try write.run() }
            try unsafe value.withUnsafeBufferPointer { bytes throws(StorageError) in
                unsafe write.bind(2, UnsafeRawBufferPointer(bytes))
                try write.run()
            }
        }
    }
}
