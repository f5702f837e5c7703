import CLibcurl
import Glibc

// Header lists without an allocation per request.
//
// libcurl reads `CURLOPT_HTTPHEADER` as a linked list of strings that it neither copies nor
// changes. So each easy handle has nodes of its own for the lines that change, linked once, and the
// last of them points at the target's nodes, which all handles share:
//
//     handle:  [line 1] ─▶ [line 2] ─┐
//     handle:  [line 1] ─▶ [line 2] ─┼─▶ target: [Content-Type: …] ─▶ [Accept:] ─▶ …
//
// A request writes the string pointers of its own nodes and touches nothing else. Of two lines of
// one name libcurl's own header logic heeds the first, hence the order.

/// The header nodes that all handles of a target share, with their text.
@safe
struct StaticHeaderChain {
    let head: UnsafeMutablePointer<curl_slist>?
    private let count: Int

    /// Copies the lines.
    init(_ lines: [String]) {
        count = lines.count
        guard count > 0 else {
            unsafe head = nil
            return
        }
        let nodes = UnsafeMutablePointer<curl_slist>.allocate(capacity: count)
        for (index, line) in lines.enumerated() {
            let next = unsafe index + 1 < count ? nodes + index + 1 : nil
            unsafe (nodes + index).initialize(to: curl_slist(data: strdup(line), next: next))
        }
        unsafe head = nodes
    }

    /// Frees nodes and text; no handle may refer to them any more.
    func destroy() {
        guard let head = unsafe head else { return }
        for index in 0..<count { unsafe free(head[index].data) }
        unsafe head.deallocate()
    }
}

/// The header nodes of one easy handle, in front of its target's.
@safe
struct RequestHeaderChain {
    private var nodes: UnsafeMutablePointer<curl_slist>?
    private(set) var count = 0

    init() { unsafe nodes = nil }

    /// Links `count` nodes in front of `rest`.
    ///
    /// - Returns: The head of the whole list.
    mutating func link(
        count newCount: Int, to rest: UnsafeMutablePointer<curl_slist>?
    ) -> UnsafeMutablePointer<curl_slist>? {
        if newCount != count || newCount == 0 {
            destroy()
            count = newCount
            guard newCount > 0 else { return unsafe rest }
            unsafe nodes = UnsafeMutablePointer<curl_slist>.allocate(capacity: newCount)
        }
        guard let nodes = unsafe nodes else { return unsafe rest }
        for index in 0..<count {
            let next = unsafe index + 1 < count ? nodes + index + 1 : rest
            unsafe (nodes + index).initialize(to: curl_slist(data: nil, next: next))
        }
        return unsafe nodes
    }

    /// Points the nodes at `count` NUL-terminated lines that stand one behind the other.
    ///
    /// - Returns: Whether the lines are fit to be sent: a line break inside one would let its
    ///   author write header lines of their own.
    func write(lines: UnsafeMutablePointer<CChar>?) -> Bool {
        guard let nodes = unsafe nodes else { return true }
        guard let lines = unsafe lines else {
            preconditionFailure("A request came without the header lines that its target declared.")
        }
        var line = unsafe lines
        for index in 0..<count {
            unsafe nodes[index].data = line
            unsafe line += strlen(line) + 1
        }
        let bytes = unsafe line - lines
        return unsafe memchr(lines, 0x0a, bytes) == nil && memchr(lines, 0x0d, bytes) == nil
    }

    mutating func destroy() {
        unsafe nodes?.deallocate()
        unsafe nodes = nil
        count = 0
    }
}
