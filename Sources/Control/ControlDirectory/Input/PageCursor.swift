import Foundation
package import JSON
import Structures

/// Where a list goes on: opaque to callers, and bound to the query that it came from.
package struct PageCursor: Sendable {
    /// Of the query: a cursor of another one is refused.
    package let fingerprint: UInt64
    /// The sort values of the last row that was shown.
    package let values: [JSONValue]

    package init(fingerprint: UInt64, values: [JSONValue]) {
        self.fingerprint = fingerprint
        self.values = values
    }

    /// As it stands in answers: base64url.
    package var text: String {
        let value: JSONValue = .array([.string(String(fingerprint, radix: 16))] + values)
        return Data(value.encoded.utf8).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// Reads a cursor of a query.
    ///
    /// - Throws: `Problem` of the code `invalidCursor` for anything that this query did not give.
    package init(_ text: String, of fingerprint: UInt64, count: Int) throws(Problem) {
        let base64 = text.replacing("-", with: "+").replacing("_", with: "/")
        let padded = base64 + String(repeating: "=", count: (4 - base64.count % 4) % 4)
        guard text.utf8.count <= 4_096, let data = Data(base64Encoded: padded),
            let value = try? JSONValue(parsing: Array(data)), let items = value.array,
            items.count == count + 1, let first = items[0].string,
            UInt64(first, radix: 16) == fingerprint,
            items.dropFirst().allSatisfy({ $0.array == nil && $0.object == nil })
        else {
            throw Problem(
                .invalidCursor, "expected the value of “next” from an answer to this same query")
        }
        self.fingerprint = fingerprint
        values = Array(items.dropFirst())
    }

    /// A number for what makes a query the same: FNV-1a over its parts.
    package static func fingerprint(_ parts: String...) -> UInt64 {
        var hash = FNV1a()
        for part in parts {
            hash.add(contentsOf: part.utf8)
            hash.add(0xFF)
        }
        return hash.value
    }
}

/// One page of a list.
package struct ListPage: Sendable {
    package let items: [JSONValue]
    /// Where the next page begins; nil after the last.
    package let next: PageCursor?

    package init(items: [JSONValue], next: PageCursor?) {
        self.items = items
        self.next = next
    }

    /// The page under the name of its items.
    package func json(_ name: String) -> JSONValue {
        .object([name: .array(items), "next": next.map { .string($0.text) } ?? .null])
    }
}

/// Which page of a list is asked for.
package struct PageRequest: Sendable {
    package let limit: Int
    package let next: String?

    package init(limit: Int = InputLimits.pageSizeDefault, next: String? = nil) {
        self.limit = limit
        self.next = next
    }

    /// Where the page begins.
    ///
    /// - Parameter fingerprint: What the cursor must be of.
    /// - Returns: The number of the row before it; nil for the first page.
    /// - Throws: `Problem` of `invalidCursor`.
    package func lastRow(of fingerprint: UInt64) throws(Problem) -> Int64? {
        guard let next else { return nil }
        guard let last = try PageCursor(next, of: fingerprint, count: 1).values[0].integer else {
            throw Problem(.invalidCursor, "expected a cursor of this list")
        }
        return last
    }
}
