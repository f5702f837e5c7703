/// The types of channels that messages go over, as consent and templates name them.
package enum Medium: String, CaseIterable, Sendable {
    case webhook
    case push
    case webPush = "web_push"
    case email
    case sms
    case inApp = "in_app"
}
