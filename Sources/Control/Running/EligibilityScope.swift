/// Names what a person's consent or suppression is about, as the engine's table is asked for it.
package enum EligibilityScope {
    /// All channels of an app: suppressions and deletions.
    package static func all(app: Int64) -> UInt64 { scope(app: app, channelType: "*") }

    /// One channel type of an app.
    package static func scope(app: Int64, channelType: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in channelType.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash ^ (UInt64(bitPattern: app) &* 0x9E37_79B9_7F4A_7C15)
    }

    /// What is asked before each send through a channel type.
    package static func scopes(app: Int64, _ channelType: String) -> [UInt64] {
        [all(app: app), scope(app: app, channelType: channelType)]
    }
}
