/// Searches of bytes, eight at a time.
///
/// All of them may load up to eight bytes beyond what they look at: `InputWindow` has the room.
enum ByteScan {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// Sets the high bit of the lowest zero byte, and of no byte below it.
    ///
    /// Bytes above a zero byte may be marked falsely, so only the lowest mark counts.
    @inline(__always)
    private static func zeros(_ word: UInt64) -> UInt64 { (word &- ones) & ~word & highs }

    @inline(__always)
    private static func word(_ at: UnsafePointer<UInt8>) -> UInt64 {
        unsafe UInt64(littleEndian: UnsafeRawPointer(at).loadUnaligned(as: UInt64.self))
    }

    @inline(__always)
    private static func broadcast(_ byte: UInt8) -> UInt64 { UInt64(byte) &* ones }

    /// The first comma, line feed or carriage return.
    ///
    /// - Parameter start: A place from which one is sure to follow.
    /// - Returns: Its place.
    @inline(__always)
    static func fieldEnd(_ start: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        let commas = broadcast(UInt8(ascii: ","))
        let feeds = broadcast(UInt8(ascii: "\n"))
        let returns = broadcast(UInt8(ascii: "\r"))
        var cursor = unsafe start
        while true {
            let word = unsafe word(cursor)
            let found = zeros(word ^ commas) | zeros(word ^ feeds) | zeros(word ^ returns)
            if found != 0 { return unsafe cursor + found.trailingZeroBitCount / 8 }
            unsafe cursor += 8
        }
    }

    /// The first quote, or `end` if there is none before it.
    @inline(__always)
    static func quote(
        _ start: UnsafeMutablePointer<UInt8>, _ end: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        let quotes = broadcast(UInt8(ascii: "\""))
        var cursor = unsafe start
        while unsafe cursor < end {
            let found = unsafe zeros(word(cursor) ^ quotes)
            if found != 0 {
                let place = unsafe cursor + found.trailingZeroBitCount / 8
                return unsafe place < end ? place : end
            }
            unsafe cursor += 8
        }
        return unsafe end
    }

    /// The first byte that does not simply belong to a JSON string: a quote, a backslash or a
    /// control character.
    ///
    /// - Parameter start: A place from which one is sure to follow.
    /// - Returns: Its place.
    @inline(__always)
    static func jsonStop(_ start: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        let quotes = broadcast(UInt8(ascii: "\""))
        let backslashes = broadcast(UInt8(ascii: "\\"))
        let spaces = broadcast(0x20)
        var cursor = unsafe start
        while true {
            let word = unsafe word(cursor)
            let controls = (word &- spaces) & ~word & highs
            let found = zeros(word ^ quotes) | zeros(word ^ backslashes) | controls
            if found != 0 { return unsafe cursor + found.trailingZeroBitCount / 8 }
            unsafe cursor += 8
        }
    }

    /// The number of line feeds.
    static func lineFeeds(
        _ start: UnsafeMutablePointer<UInt8>, _ end: UnsafeMutablePointer<UInt8>
    ) -> UInt64 {
        var count: UInt64 = 0
        var cursor = unsafe start
        while unsafe cursor < end {
            if unsafe cursor.pointee == UInt8(ascii: "\n") { count &+= 1 }
            unsafe cursor += 1
        }
        return count
    }

    /// Whether the next eight bytes are ASCII, and none is zero.
    @inline(__always)
    static func isPlainWord(_ start: UnsafeMutablePointer<UInt8>) -> Bool {
        let word = unsafe word(start)
        return (word | (word &- ones)) & highs == 0
    }

    /// Whether all bytes are ASCII, and none is zero: then there is nothing more to check.
    @inline(__always)
    static func isPlain(
        _ start: UnsafeMutablePointer<UInt8>, _ end: UnsafeMutablePointer<UInt8>
    ) -> Bool {
        var suspects: UInt64 = 0
        var cursor = unsafe start
        while unsafe end - cursor >= 8 {
            let word = unsafe word(cursor)
            suspects |= word | (word &- ones)
            unsafe cursor += 8
        }
        while unsafe cursor < end {
            let byte = unsafe UInt64(cursor.pointee)
            suspects |= byte | (byte &- 1)
            unsafe cursor += 1
        }
        return suspects & highs == 0
    }
}
