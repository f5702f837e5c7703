import Crypto
import Engine
import Foundation
import GRDB

// Links that a message carries: whoever opens one has read, or acknowledged, that message.
//
//     <public URL>/e/<token>[?url=<redirect>]
//     token   = base64url(payload ‖ first 16 bytes of HMAC-SHA256(key, payload ‖ redirect))
//     payload = action (1 byte, high bit: with a redirect) ‖ campaign (16) ‖ ordinal (6)
//
// Nothing is stored for a link, and nobody can make one, or change where one leads to, without the
// server's key: so the redirect is no open one.
//
// Templates can get links later without work per message in the control plane: the renderer, which
// knows campaign and ordinal, would offer `engagement.read_url` and `engagement.acknowledge_url` as
// values that call `link` when a template prints them. Campaigns whose templates do not name them
// would pay nothing (`ParsedTemplate.references` says which do).

/// What a recipient does with a message.
package enum EngagementAction: String, CaseIterable, Sendable {
    case read
    case acknowledge

    fileprivate var byte: UInt8 { self == .read ? 1 : 2 }
}

/// Makes and reads the links that say what a recipient did.
package struct EngagementLinks: Sendable {
    /// What a link stands for.
    struct Content: Sendable {
        let action: EngagementAction
        let engineID: String
        let ordinal: UInt64
    }

    private let key: SymmetricKey
    private let base: String

    private static let settingName = "engagement_link_key"
    private static let redirectBit: UInt8 = 0x80
    private static let payloadBytes = 23
    /// 128 bits: nobody guesses one in the life of a server.
    private static let codeBytes = 16
    private static let ordinalBytes = 6

    init(key: SymmetricKey, publicURL: String?) {
        self.key = key
        base = (publicURL ?? "").trimmingSuffix("/")
    }

    /// The server's key, which is made at its first start.
    static func key(_ db: Database) throws -> SymmetricKey {
        let stored = try Data.fetchOne(
            db, sql: "SELECT value FROM setting WHERE name = ?", arguments: [settingName])
        if let stored { return SymmetricKey(data: stored) }
        let key = SymmetricKey(size: .bits256)
        unsafe try db.execute(
            sql: "INSERT INTO setting (name, value) VALUES (?, ?)",
            arguments: [settingName, key.withUnsafeBytes { unsafe Data($0) }])
        return key
    }

    /// A link of one recipient.
    ///
    /// - Parameters:
    ///   - action: What opening it means.
    ///   - engineID: The campaign's.
    ///   - ordinal: The recipient's.
    ///   - redirect: Where it leads to; nil for nowhere.
    /// - Returns: A URL, or only its path where the server does not know its own.
    package func link(
        action: EngagementAction, engineID: String, ordinal: UInt64, redirect: String?
    ) -> String {
        guard let campaign = CampaignID(engineID) else {
            preconditionFailure("a campaign's engine id is damaged")
        }
        var payload = Data([action.byte | (redirect == nil ? 0 : Self.redirectBit)])
        payload.append(bigEndian: campaign.high, bytes: 8)
        payload.append(bigEndian: campaign.low, bytes: 8)
        payload.append(bigEndian: ordinal, bytes: Self.ordinalBytes)
        let token = (payload + code(payload, redirect)).base64URL
        let query = redirect.map { "?url=" + $0.percentEncoded } ?? ""
        return "\(base)/e/\(token)\(query)"
    }

    /// Reads a token that this server made for a redirect; nil for any other.
    func read(_ token: String, redirect: String?) -> Content? {
        guard let bytes = Data(base64URL: token),
            bytes.count == Self.payloadBytes + Self.codeBytes
        else { return nil }
        let payload = bytes.prefix(Self.payloadBytes)
        let given = bytes.suffix(Self.codeBytes)
        // Every byte is compared: how long it takes says nothing.
        let difference = zip(given, code(payload, redirect)).reduce(0) { $0 | ($1.0 ^ $1.1) }
        guard difference == 0, (payload[0] & Self.redirectBit != 0) == (redirect != nil),
            let action = EngagementAction.allCases.first(where: {
                $0.byte == payload[0] & ~Self.redirectBit
            })
        else { return nil }
        func number(_ range: Range<Int>) -> UInt64 {
            payload[range].reduce(0) { $0 << 8 | UInt64($1) }
        }
        let campaign = CampaignID(high: number(1..<9), low: number(9..<17))
        return Content(
            action: action, engineID: "\(campaign)",
            ordinal: number(17..<17 + Self.ordinalBytes))
    }

    private func code(_ payload: Data, _ redirect: String?) -> Data {
        var code = HMAC<SHA256>(key: key)
        code.update(data: payload)
        code.update(data: Data((redirect ?? "").utf8))
        return Data(code.finalize()).prefix(Self.codeBytes)
    }
}

extension Data {
    fileprivate mutating func append(bigEndian value: UInt64, bytes: Int) {
        for shift in (0..<bytes).reversed() {
            append(UInt8(truncatingIfNeeded: value >> UInt64(8 * shift)))
        }
    }

    fileprivate var base64URL: String {
        base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
    }

    fileprivate init?(base64URL text: String) {
        guard text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "/") }) else {
            return nil
        }
        let padded =
            text.replacing("-", with: "+").replacing("_", with: "/")
            + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: padded) else { return nil }
        self = data
    }
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
    }

    /// With everything escaped that RFC 3986 does not call unreserved.
    fileprivate var percentEncoded: String {
        let unreserved = CharacterSet(
            charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
        return addingPercentEncoding(withAllowedCharacters: unreserved) ?? ""
    }
}
