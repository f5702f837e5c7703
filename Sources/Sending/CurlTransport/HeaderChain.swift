import CLibcurl
import Engine
import Glibc

// Header lists without an allocation per request.
//
// libcurl reads `CURLOPT_HTTPHEADER` as a linked list of strings that it neither copies nor
// changes. So each easy handle has nodes of its own for the lines that change, linked once, and the
// last of them points at the target's nodes, which all handles share. The text of its own lines
// lies in memory of the handle, where names and values are put together for each request:
//
//     handle:  [line 1] ─▶ [line 2] ─┐
//     handle:  [line 1] ─▶ [line 2] ─┼─▶ target: [Content-Type: …] ─▶ [Accept:] ─▶ …
//
// A request writes its lines and the string pointers of its own nodes, and touches nothing else. Of
// two lines of one name libcurl's own header logic heeds the first, hence the order.

/// The header nodes that all handles of a target share, with their text.
// SAFETY: nodes and text are the chain's until `destroy`, which a target calls when no handle is
// left.
@safe
struct StaticHeaderChain {
    let head: UnsafeMutablePointer<curl_slist>?
    private let count: Int

    /// Copies complete lines, `Name: value`.
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

/// What the lines begin with that each request of a target brings, `Name: `, in their order.
// SAFETY: the prefixes lie in memory of its own, freed by `destroy`.
@safe
struct LinePrefixes {
    /// The prefixes, in the form that values have.
    let values: FieldValues
    private let memory: UnsafeMutableRawPointer?

    /// Copies the names.
    init(_ names: [String]) {
        let lines = names.map { Array("\($0): ".utf8) }
        let size = lines.reduce(0) { $0 + FieldValues.lengthBytes + $1.count }
        guard size > 0 else {
            values = FieldValues()
            unsafe memory = nil
            return
        }
        let start = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 8)
        var place = unsafe start
        for line in lines {
            unsafe place.storeBytes(of: UInt32(line.count), as: UInt32.self)
            unsafe place += FieldValues.lengthBytes
            unsafe place.copyMemory(from: line, byteCount: line.count)
            unsafe place += line.count
        }
        values = unsafe FieldValues(start: start, count: names.count)
        unsafe memory = start
    }

    /// Frees the copies.
    func destroy() { unsafe memory?.deallocate() }
}

/// The header nodes of one easy handle, in front of its target's.
// SAFETY: the nodes are the slot's; their text is the flight's, written anew for each request.
@safe
struct RequestHeaderChain {
    private var nodes: UnsafeMutablePointer<curl_slist>?
    private(set) var count = 0
    private var text = TextMemory()

    init() { unsafe nodes = nil }

    /// Links `count` nodes in front of `rest`.
    ///
    /// - Returns: The head of the whole list.
    mutating func link(
        count newCount: Int, to rest: UnsafeMutablePointer<curl_slist>?
    ) -> UnsafeMutablePointer<curl_slist>? {
        if newCount != count || newCount == 0 {
            unsafe nodes?.deallocate()
            unsafe nodes = nil
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

    /// Writes the lines of a request: each prefix with its value, and a NUL.
    ///
    /// - Returns: Whether the lines are fit to be sent: a line break inside one would let its
    ///   author write header lines of their own, and a NUL would end it.
    mutating func write(_ prefixes: FieldValues, _ values: FieldValues) -> Bool {
        guard let nodes = unsafe nodes else { return true }
        precondition(values.count == count, "A request came with other fields than its target's.")
        var size = 0
        var prefix = prefixes
        var value = values
        while let start = unsafe prefix.next(), let end = unsafe value.next() {
            size &+= start.count &+ end.count &+ 1
        }
        let first = unsafe text.room(size)
        var place = unsafe first
        var index = 0
        prefix = prefixes
        value = values
        while let start = unsafe prefix.next(), let end = unsafe value.next() {
            unsafe nodes[index].data = place
            unsafe place = unsafe place.write(start).write(end)
            unsafe place.pointee = 0
            unsafe place += 1
            index &+= 1
            if let bytes = end.baseAddress, unsafe memchr(bytes, 0, end.count) != nil {
                return false
            }
        }
        return unsafe memchr(first, 0x0a, size) == nil && memchr(first, 0x0d, size) == nil
    }

    mutating func destroy() {
        unsafe nodes?.deallocate()
        unsafe nodes = nil
        count = 0
        text.destroy()
    }
}
