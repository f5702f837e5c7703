/// Bytes that are not one JSON value.
package struct JSONMistake: Error, Hashable, Sendable, CustomStringConvertible {
    /// The first byte that cannot be part of it, from 0.
    package let offset: Int
    /// The line of that byte, from 1.
    package let line: Int
    /// The column of that byte, from 1; columns count bytes.
    package let column: Int

    init(_ bytes: [UInt8], offset: Int) {
        self.offset = offset
        let before = bytes.prefix(offset)
        line = 1 + before.count { $0 == 0x0A }
        column = offset - (before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0) + 1
    }

    /// The place, for people.
    package var description: String { "not valid JSON at line \(line), column \(column)" }
}
