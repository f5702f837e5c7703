/// A failure of the runtime's own: what it tried, where, and what the system said.
package struct RuntimeError: Error, Sendable, CustomStringConvertible {
    package enum Code: Sendable {
        /// A journal file cannot be made, sized or mapped.
        case journal
        /// The store failed; the message is its own.
        case store
        /// A thread or loop could not be started.
        case start
        /// A shard's transport refused the campaign's target.
        case target
        /// Too many campaigns run at once.
        case campaignLimit
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
