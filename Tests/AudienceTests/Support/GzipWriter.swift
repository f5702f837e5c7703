/// Writes gzip members whose deflate blocks are stored: the simplest writer that readers must take.
enum GzipWriter {
    static func member(_ bytes: [UInt8], blockBytes: Int = 65_535) -> [UInt8] {
        var output: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
        var offset = 0
        repeat {
            let count = min(blockBytes, bytes.count - offset)
            let isLast = offset + count == bytes.count
            let length = UInt16(count)
            output += [isLast ? 1 : 0] + littleEndian(length) + littleEndian(~length)
            output += bytes[offset..<offset + count]
            offset += count
        } while offset < bytes.count
        return output + littleEndian(crc32(bytes)) + littleEndian(UInt32(bytes.count))
    }

    private static func littleEndian<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
        (0..<T.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> T(8 * $0)) }
    }

    private static func crc32(_ bytes: [UInt8]) -> UInt32 {
        var crc = UInt32.max
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        return ~crc
    }
}
