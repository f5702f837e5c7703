package import Foundation
package import JSON

/// What a call got, as a caller over HTTP would see it.
package struct Reply: Sendable {
    /// The status over HTTP.
    package let status: Int
    /// By names in lower case; what an operation says of itself, and over HTTP all of them.
    package let headers: [String: String]
    package let bytes: Data

    /// A reply of these parts.
    package init(status: Int, headers: [String: String], bytes: Data) {
        self.status = status
        self.headers = headers
        self.bytes = bytes
    }

    /// The body as JSON; null when it is none.
    package var json: JSONValue { (try? JSONValue(parsing: Array(bytes))) ?? .null }
    /// The body as text.
    package var text: String { String(decoding: bytes, as: UTF8.self) }
    /// The code of a problem.
    package var code: String? { json["code"]?.string }
}
