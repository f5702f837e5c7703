import Engine
import Jinja

/// A page of made-up recipients, encoded as stores keep it.
package struct SamplePage: Sendable {
    /// How many recipients it holds.
    package let count: Int
    /// The encoded recipients.
    package let bytes: [UInt8]

    /// Makes a page.
    ///
    /// - Parameters:
    ///   - count: 1 to `PageLayout.recipientsMax`.
    ///   - first: The number in the user id of its first recipient; ids are `user-<number>`.
    package init(count: Int, first: Int = 0) {
        var builder = AudiencePageBuilder()
        for number in first..<first + count {
            let id = Array("user-\(number)".utf8)
            unsafe id.withUnsafeBytes { bytes in
                let slot = unsafe SlotValue(string: bytes)
                unsafe withUnsafePointer(to: slot) { pointer in
                    _ = unsafe builder.append(pointer, count: 1)
                }
            }
        }
        self.count = count
        bytes = unsafe builder.finish(columnCount: 0) { unsafe Array($0) }
    }

    /// Pages of so many recipients each, who are numbered through.
    package static func pages(_ counts: [Int]) -> [SamplePage] {
        var first = 0
        return counts.map { count in
            defer { first += count }
            return SamplePage(count: count, first: first)
        }
    }
}
