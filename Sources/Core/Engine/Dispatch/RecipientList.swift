/// A recipient of a page that a shard holds: journal slot × 1,024 + place in the page.
package struct RecipientReference: Equatable, Sendable, BitwiseCopyable {
    /// Journal slot × 1,024 + place, at the same time an index into `RecipientLinks`.
    package let rawValue: UInt32

    @inlinable init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Names the recipient at a place of the page in a journal slot.
    @inlinable package init(slot: Int, index: Int) {
        rawValue = UInt32(truncatingIfNeeded: slot &* PageLayout.recipientsMax &+ index)
    }

    /// The journal slot of the page.
    @inlinable package var slot: Int { Int(rawValue) / PageLayout.recipientsMax }
    /// The place in the page.
    @inlinable package var index: Int { Int(rawValue) % PageLayout.recipientsMax }
}

/// The links of all recipient lists of a shard: one word per recipient that can be in memory.
///
/// A recipient is in at most one list at a time, so lists need no memory of their own and cannot
/// overflow.
// SAFETY: it owns its memory, as long as the journal whose slots the references name.
@safe
package struct RecipientLinks: ~Copyable {
    static let end = UInt32.max

    fileprivate let next: UnsafeMutablePointer<UInt32>

    /// Makes links for the recipients of so many journal slots.
    package init(slots: Int) {
        let count = slots * PageLayout.recipientsMax
        unsafe next = .allocate(capacity: count)
        unsafe next.initialize(repeating: Self.end, count: count)
    }

    deinit { unsafe next.deallocate() }
}

/// First-in first-out list of recipients, threaded through `RecipientLinks`.
package struct RecipientList: Sendable, BitwiseCopyable {
    private var head = RecipientLinks.end
    private var tail = RecipientLinks.end
    /// How many recipients are in the list.
    package private(set) var count = 0

    /// Begins with nobody.
    package init() {}

    /// Whether nobody is in it.
    package var isEmpty: Bool { head == RecipientLinks.end }

    /// Who is taken next; `nil` when it is empty.
    package var first: RecipientReference? {
        isEmpty ? nil : RecipientReference(rawValue: head)
    }

    /// Adds a recipient, who is in no other list, at the end.
    package mutating func append(
        _ reference: RecipientReference, _ links: borrowing RecipientLinks
    ) {
        unsafe links.next[Int(reference.rawValue)] = RecipientLinks.end
        if isEmpty {
            head = reference.rawValue
        } else {
            unsafe links.next[Int(tail)] = reference.rawValue
        }
        tail = reference.rawValue
        count += 1
    }

    /// Takes out who is first; `nil` when it is empty.
    package mutating func popFirst(_ links: borrowing RecipientLinks) -> RecipientReference? {
        guard !isEmpty else { return nil }
        let reference = RecipientReference(rawValue: head)
        head = unsafe links.next[Int(head)]
        if isEmpty { tail = RecipientLinks.end }
        count -= 1
        return reference
    }

    /// Takes out every recipient of a page; O(length), for pages that leave before their work ends.
    package mutating func removeAll(slot: Int, _ links: borrowing RecipientLinks) {
        var kept = RecipientList()
        while let reference = popFirst(links) {
            if reference.slot != slot { kept.append(reference, links) }
        }
        self = kept
    }
}
