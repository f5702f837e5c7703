import CZlib

/// The decompressed bytes of a gzip source (RFC 1952), as they are asked for.
///
/// Several members one after the other are one input, as `gzip` and `cat` have it. A member that is
/// cut off or fails its checksum is an error: half an audience must not pass for a whole one.
// SAFETY: it owns both pieces of memory for its whole life, and tells zlib how long they are.
@safe
final class GzipSource: ByteSource {
    private let source: any ByteSource
    private let stream: UnsafeMutablePointer<z_stream>
    private let input: UnsafeMutableRawBufferPointer
    private var inMember = true
    private var ended = false

    init(_ source: any ByteSource) {
        self.source = source
        unsafe stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        unsafe input = UnsafeMutableRawBufferPointer.allocate(
            byteCount: BufferSizes.gzipInputBytes, alignment: 16)
        // 15 is zlib's largest window, 16 asks for the gzip format alone.
        let status = unsafe inflateInit2_(
            stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "zlib cannot start: out of memory or of another version")
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
        unsafe input.deallocate()
    }

    var fileBytesRead: UInt64 { source.fileBytesRead }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(AudienceError) -> Int {
        unsafe stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
        let size = min(buffer.count, Int(UInt32.max))
        unsafe stream.pointee.avail_out = UInt32(size)
        while !ended {
            if unsafe stream.pointee.avail_in == 0 {
                let count = try unsafe source.read(into: input)
                unsafe stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(
                    to: UInt8.self)
                unsafe stream.pointee.avail_in = UInt32(count)
                if count == 0 {
                    if inMember { throw damaged("it ends in the middle") }
                    ended = true
                    break
                }
            }
            if !inMember { try startNextMember() }
            switch unsafe inflate(stream, Z_NO_FLUSH) {
            case Z_STREAM_END: inMember = false
            case Z_OK, Z_BUF_ERROR: break
            default:
                let message = unsafe stream.pointee.msg.map { unsafe String(cString: $0) }
                throw damaged(message ?? "it is not gzip")
            }
            let produced = unsafe size - Int(stream.pointee.avail_out)
            if produced > 0 { return produced }
        }
        return 0
    }

    /// Looks at the byte after a member: another member may follow, or zeros that fill up a block.
    private func startNextMember() throws(AudienceError) {
        while unsafe stream.pointee.avail_in > 0, unsafe stream.pointee.next_in[0] == 0 {
            unsafe stream.pointee.next_in += 1
            unsafe stream.pointee.avail_in -= 1
        }
        if unsafe stream.pointee.avail_in == 0 { return }
        guard unsafe stream.pointee.next_in[0] == 0x1F else {
            throw damaged("other bytes follow the compressed ones")
        }
        unsafe inflateReset(stream)
        inMember = true
    }

    private func damaged(_ reason: String) -> AudienceError {
        let unread = unsafe UInt64(stream.pointee.avail_in)
        return .gzip(reason: reason, offset: fileBytesRead - min(unread, fileBytesRead))
    }
}
