extension Text {
    func allScalars(_ holds: (UInt32) -> Bool) -> Bool {
        var i = 0
        while i < count {
            let (scalar, next) = self.scalar(at: i)
            guard holds(scalar) else { return false }
            i = next
        }
        return true
    }

    /// How often a text occurs without overlapping; an empty one stands between all characters.
    func count(of needle: Text) -> Int {
        guard !needle.isEmpty else { return scalarCount + 1 }
        var n = 0
        var i = 0
        while let found = firstIndex(of: needle, from: i) {
            n += 1
            i = found + needle.count
        }
        return n
    }

    var isIdentifier: Bool {
        guard count > 0 else { return false }
        var i = 0
        while i < count {
            let (value, next) = scalar(at: i)
            guard let properties = Unicode.Scalar(value)?.properties else { return false }
            let isValid =
                value == 0x5F || (i == 0 ? properties.isXIDStart : properties.isXIDContinue)
            guard isValid else { return false }
            i = next
        }
        return true
    }

    /// Upper case exactly where a word begins.
    var isTitleCase: Bool {
        var isInside = false
        var hasAny = false
        var i = 0
        while i < count {
            let (value, next) = scalar(at: i)
            if UnicodeTables.isUpper(value) || UnicodeTables.isTitle(value) {
                if isInside { return false }
                isInside = true
                hasAny = true
            } else if UnicodeTables.isLower(value) {
                if !isInside { return false }
                hasAny = true
            } else {
                isInside = false
            }
            i = next
        }
        return hasAny
    }
}
