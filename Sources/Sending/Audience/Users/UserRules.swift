import Glibc
import Structures

/// What the users of an app are checked against.
package struct UserRules {
    /// What a declared attribute must be.
    package enum AttributeType: String, CaseIterable, Sendable {
        case string, integer, number, boolean, time
    }

    /// The types of channels that consent can name, at most 32.
    let consentTypes: [[UInt8]]
    let attributes: AttributeNode
    let isTimeZone: (String) -> Bool

    /// Makes rules.
    ///
    /// - Parameters:
    ///   - consentTypes: The types of channels that consent can name, at most 32.
    ///   - attributes: The declared attributes, each by the steps of its path.
    ///   - isTimeZone: Whether a name is one of a time zone; asked once for most names.
    package init(
        consentTypes: [String], attributes: [(steps: [String], type: AttributeType)],
        isTimeZone: @escaping (String) -> Bool
    ) {
        precondition(consentTypes.count <= 32, "consent is a word of 32 bits")
        self.consentTypes = consentTypes.map { Array($0.utf8) }
        self.attributes = AttributeNode()
        self.isTimeZone = isTimeZone
        for attribute in attributes {
            self.attributes.declare(attribute.steps[...], attribute.type, at: "/attributes")
        }
    }
}

/// A declared attribute, or an object on the way to some.
final class AttributeNode {
    private(set) var type: UserRules.AttributeType?
    /// Where it is in a user, as a JSON pointer.
    private(set) var pointer = ""
    private var children: [(hash: UInt64, key: [UInt8], node: AttributeNode)] = []
    // Children by their hash, open addressing; 0 is free, else the place plus one.
    private var buckets: [UInt16] = []

    /// Whether anything is declared at or below this place.
    var isEmpty: Bool { children.isEmpty }

    fileprivate func declare(
        _ steps: ArraySlice<String>, _ type: UserRules.AttributeType, at pointer: String
    ) {
        guard let step = steps.first else {
            self.type = type
            self.pointer = pointer
            return
        }
        let key = Array(step.utf8)
        if let known = children.first(where: { $0.key == key }) {
            return known.node.declare(steps.dropFirst(), type, at: "\(pointer)/\(step)")
        }
        let node = AttributeNode()
        children.append((unsafe key.withUnsafeBytes { unsafe FNV1a.hash($0) }, key, node))
        node.declare(steps.dropFirst(), type, at: "\(pointer)/\(step)")
        index()
    }

    private func index() {
        var size = 4
        while size < children.count * 2 { size *= 2 }
        buckets = Array(repeating: 0, count: size)
        for (place, child) in children.enumerated() {
            var bucket = Int(truncatingIfNeeded: child.hash) & (size - 1)
            while buckets[bucket] != 0 { bucket = (bucket + 1) & (size - 1) }
            buckets[bucket] = UInt16(place + 1)
        }
    }

    /// What is declared below a key.
    func child(_ key: UnsafeRawBufferPointer, hash: UInt64) -> AttributeNode? {
        guard !buckets.isEmpty else { return nil }
        let mask = buckets.count - 1
        var bucket = Int(truncatingIfNeeded: hash) & mask
        while buckets[bucket] != 0 {
            let child = children[Int(buckets[bucket]) - 1]
            if child.hash == hash, unsafe child.key.elementsEqual(key) { return child.node }
            bucket = (bucket + 1) & mask
        }
        return nil
    }
}

extension UnsafeRawBufferPointer {
    /// Whether the bytes are those of a word.
    @inline(__always)
    func equals(_ word: StaticString) -> Bool {
        guard count == word.utf8CodeUnitCount, let start = baseAddress else { return false }
        return unsafe memcmp(start, word.utf8Start, count) == 0
    }
}

/// The bounds of a user's fields, which are those of the API.
package enum UserLimits {
    /// Characters of an id.
    package static let idLength = 255
    /// Characters of a name.
    package static let nameLength = 200
    /// Characters of a locale: what BCP 47 asks a reader to take at least.
    package static let localeLength = 35
    /// Characters of a time zone's name; the longest known one has 32.
    package static let timezoneLength = 64
    /// Tags of a user, and characters of one.
    package static let tags = 100
    /// Characters of one tag.
    package static let tagLength = 64
    /// Endpoints of a user.
    package static let endpoints = 16
    /// Characters of a URL.
    package static let urlLength = 2_048
    /// Characters of an endpoint's id.
    package static let endpointIDLength = 64
    /// Bytes of the attributes as JSON without spaces.
    package static let attributeBytes = 32 << 10
    /// Levels and values of the attributes.
    package static let attributeDepth = 16
    /// Values of the attributes, objects and lists included.
    package static let attributeValues = 10_000
    /// Bytes of a row of an import, without its line end: 32 KiB of attributes that may be written
    /// with every character escaped, and the other fields.
    package static let rowBytes = 256 << 10
    /// Columns of a CSV.
    package static let columns = 256
}
