extension AudiencePage {
    /// Checks a whole blob, so that every later read stays inside it.
    ///
    /// The structure first, because it names the place of the damage; then the checksum.
    func check(_ blob: UnsafeRawBufferPointer) throws(AudiencePageError) {
        guard unsafe Self.load(UInt32.self, base, 0) == PageLayout.magic else {
            throw AudiencePageError(.notAPage, offset: 0)
        }
        let version = unsafe Self.load(UInt16.self, base, 4)
        guard version == PageLayout.version else {
            throw AudiencePageError(.unknownVersion(version), offset: 4)
        }
        guard count <= PageLayout.recipientsMax, unsafe Self.load(UInt16.self, base, 10) == 0 else {
            throw AudiencePageError(.badHeader, offset: 8)
        }
        guard recordsEnd >= PageLayout.headerBytes,
            recordsEnd + 4 * count + PageLayout.checksumBytes == blob.count
        else {
            throw AudiencePageError(.truncated, offset: 12)
        }
        var offset = PageLayout.headerBytes
        for index in 0..<count {
            guard recordOffset(index) == offset else {
                throw AudiencePageError(
                    .badOffset, offset: recordsEnd + 4 * index, recipient: index)
            }
            let end = index + 1 < count ? recordOffset(index + 1) : recordsEnd
            guard end <= recordsEnd else {
                throw AudiencePageError(
                    .badOffset, offset: recordsEnd + 4 * (index + 1), recipient: index)
            }
            offset = try checkRecord(index, from: offset, to: end)
        }
        guard offset == recordsEnd else {
            throw AudiencePageError(.badOffset, offset: offset)
        }
        let content = unsafe UnsafeRawBufferPointer(
            start: base, count: blob.count - PageLayout.checksumBytes)
        guard
            unsafe Self.load(UInt64.self, base, content.count)
                == Checksum.of(content)
        else {
            throw AudiencePageError(.checksumMismatch, offset: content.count)
        }
    }

    /// Checks that a record's values fill the bytes between two offsets, and returns the second.
    private func checkRecord(
        _ recipient: Int, from start: Int, to end: Int
    ) throws(AudiencePageError) -> Int {
        var offset = start
        var values = 0
        while offset < end {
            let valueStart = offset
            let tag = PageTag(byte: unsafe Self.load(UInt8.self, base, offset))
            offset += 1
            var length = tag.shortLength
            if length == PageLayout.inlineLengthMax {
                var shift = 0
                var byte: UInt8 = 0x80
                while byte >= 0x80 {
                    guard offset < end, shift < 35 else {
                        throw AudiencePageError(
                            .badTag, offset: valueStart, recipient: recipient)
                    }
                    byte = unsafe Self.load(UInt8.self, base, offset)
                    offset += 1
                    length += Int(byte & 0x7F) << shift
                    shift += 7
                }
            }
            guard length <= end - offset else {
                throw AudiencePageError(.truncated, offset: valueStart, recipient: recipient)
            }
            guard Self.canHave(kind: tag.kind, length: length) else {
                throw AudiencePageError(.badTag, offset: valueStart, recipient: recipient)
            }
            if values == 0 {
                guard tag.kind == PageTag.string, length > 0 else {
                    throw AudiencePageError(.badRecord, offset: valueStart, recipient: recipient)
                }
            }
            values += 1
            offset += length
        }
        guard values >= 1, values <= columnCount + 1 else {
            throw AudiencePageError(.badRecord, offset: start, recipient: recipient)
        }
        return offset
    }

    @inline(__always)
    private static func canHave(kind: UInt8, length: Int) -> Bool {
        switch kind {
        case PageTag.string: true
        case PageTag.json: length > 0
        case PageTag.integer: length <= 8
        case PageTag.double: length == 8
        default: length == 0
        }
    }
}
