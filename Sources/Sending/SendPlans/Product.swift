/// What the program calls itself.
package enum Product {
    /// By semantic versioning.
    package static let version = "0.1.0"

    /// The User-Agent of its requests (RFC 9110, section 10.1.5).
    package static let userAgent = "fanfare/" + version
}
