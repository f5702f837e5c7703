/// The header of a CSV of users: which column is what.
struct UserColumns {
    enum Kind: Equatable {
        case id, name, locale, timezone, tags, lastActiveAt, webhookURL
        /// Consent for a type of channels, by its place in the rules.
        case consent(Int)
        case attribute
    }

    /// A member of the attributes' document.
    struct Member {
        indirect enum Content {
            case field(Int)
            case object([Member])
        }

        let key: [UInt8]
        /// The key as JSON.
        let quotedKey: [UInt8]
        var content: Content
    }

    private(set) var kinds: [Kind] = []
    private(set) var attributes: [Member] = []
    private(set) var hasConsent = false

    /// Reads the header.
    init(_ scanner: inout CSVScanner, _ rules: UserRules) throws(AudienceError) {
        let names = try CSVHeader.names(&scanner)
        guard names.count <= UserLimits.columns else {
            throw .header(.tooManyColumns(limit: UserLimits.columns), line: 1, column: 1)
        }
        for (index, name) in names.enumerated() {
            let problem = add(name, index, rules)
            if let problem { throw .header(problem, line: 1, column: 1) }
        }
        guard kinds.contains(.id) else {
            let hasHint = names.contains { $0.contains(";") || $0.contains("\t") }
            throw .header(.noUserID(separatorHint: hasHint), line: 1, column: 1)
        }
    }

    private mutating func add(_ name: String, _ index: Int, _ rules: UserRules) -> HeaderProblem? {
        let kind: Kind
        switch name {
        case "": return .emptyName
        case "id", "user_id", "userId":
            if kinds.contains(.id) { return .twoUserIDs }
            kind = .id
        case "name": kind = .name
        case "locale": kind = .locale
        case "timezone": kind = .timezone
        case "tags": kind = .tags
        case "last_active_at": kind = .lastActiveAt
        case "webhook_url": kind = .webhookURL
        case _ where name.hasPrefix("consent."):
            let type = Array(name.utf8.dropFirst("consent.".utf8.count))
            guard let place = rules.consentTypes.firstIndex(of: type) else {
                return .unknownConsent(name)
            }
            kind = .consent(place)
            hasConsent = true
        default: kind = .attribute
        }
        if kind == .attribute {
            let path = name.hasPrefix("attributes.") ? String(name.dropFirst(11)) : name
            if path.isEmpty { return .emptyName }
            if path.utf8.count > AudienceLimits.standard.columnNameBytesMax {
                return .nameTooLong(limit: AudienceLimits.standard.columnNameBytesMax)
            }
            guard Self.insert(index, at: Self.steps(path)[...], into: &attributes) else {
                return .duplicateName(name)
            }
        } else if kinds.contains(kind) {
            return .duplicateName(name)
        }
        kinds.append(kind)
        return nil
    }

    /// The steps into nested objects, where the name is one of steps joined by dots; else the name.
    private static func steps(_ name: String) -> [String] {
        let steps = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let isPath =
            steps.count <= 8
            && steps.allSatisfy { step in
                !step.isEmpty
                    && step.utf8.allSatisfy { byte in
                        switch byte {
                        case UInt8(ascii: "a")...UInt8(ascii: "z"),
                            UInt8(ascii: "A")...UInt8(ascii: "Z"),
                            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
                            UInt8(ascii: "-"):
                            true
                        default: false
                        }
                    }
            }
        return isPath ? steps : [name]
    }

    /// - Returns: False when the place is taken.
    private static func insert(
        _ field: Int, at steps: ArraySlice<String>, into members: inout [Member]
    ) -> Bool {
        guard let step = steps.first else { return false }
        let key = Array(step.utf8)
        let rest = steps.dropFirst()
        if let known = members.firstIndex(where: { $0.key == key }) {
            guard !rest.isEmpty, case .object(var inner) = members[known].content,
                insert(field, at: rest, into: &inner)
            else { return false }
            members[known].content = .object(inner)
            return true
        }
        var batch = UserBatch(capacity: 1_024)
        batch.append(UInt8(ascii: "\""))
        unsafe key.withUnsafeBytes { unsafe batch.appendEscaped($0) }
        batch.append(UInt8(ascii: "\""))
        let quoted = unsafe Array(batch.bytes(batch.text(from: 0)))
        var content = Member.Content.field(field)
        if !rest.isEmpty {
            var inner: [Member] = []
            guard insert(field, at: rest, into: &inner) else { return false }
            content = .object(inner)
        }
        members.append(Member(key: key, quotedKey: quoted, content: content))
        return true
    }
}
