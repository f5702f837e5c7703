/// What a message is for, which decides whose consent it needs.
package enum MessageType: String, CaseIterable, Sendable {
    case transactional
    case marketing
}
