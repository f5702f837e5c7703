import JSON

/// What a user has said about each type of channels: a set of grants and one of refusals.
struct Consent: Equatable {
    /// Bits in the order of `Medium.allCases`.
    var granted: UInt32 = 0
    var denied: UInt32 = 0

    init(granted: UInt32 = 0, denied: UInt32 = 0) {
        self.granted = granted
        self.denied = denied
    }

    /// Reads what `json` has written.
    init(json: UnsafeRawBufferPointer) {
        // Most users have said nothing.
        guard json.count > 2, let value = try? JSONValue(parsing: unsafe Array(json)) else {
            return
        }
        for (index, type) in Medium.allCases.enumerated() {
            switch value[type.rawValue]?.string {
            case "granted": granted |= 1 << UInt32(index)
            case "denied": denied |= 1 << UInt32(index)
            default: break
            }
        }
    }

    /// As it is stored and shown.
    var json: String {
        guard granted | denied != 0 else { return "{}" }
        var fields: [String: JSONValue] = [:]
        for type in Self.types(granted) { fields[type.rawValue] = "granted" }
        for type in Self.types(denied) { fields[type.rawValue] = "denied" }
        return JSONValue.object(fields).encoded
    }

    /// The types whose bits are set.
    static func types(_ bits: UInt32) -> [Medium] {
        guard bits != 0 else { return [] }
        return Medium.allCases.enumerated().filter { bits >> UInt32($0.offset) & 1 == 1 }
            .map(\.element)
    }

    /// What this one says, and of the other what this one does not name.
    func merged(over other: Consent) -> Consent {
        let named = granted | denied
        return Consent(
            granted: granted | other.granted & ~named, denied: denied | other.denied & ~named)
    }
}
