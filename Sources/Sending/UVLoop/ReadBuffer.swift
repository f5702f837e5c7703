/// Memory that sockets of one loop read into, one after the other.
///
/// libuv asks for memory, reads and calls back in one go, so that all connections of a loop can
/// share one buffer; what a handler wants to keep it copies out before it returns.
// SAFETY: it owns its memory for its whole life, and tells libuv how long it is.
@safe
package final class ReadBuffer {
    let bytes: UnsafeMutableRawBufferPointer

    /// Allocates the buffer.
    ///
    /// - Parameter byteCount: The most that one read brings; at least 1.
    package init(byteCount: Int = LoopLimits.readBufferBytes) {
        precondition(byteCount > 0, "A read buffer needs room.")
        unsafe bytes = .allocate(byteCount: byteCount, alignment: 64)
    }

    deinit { unsafe bytes.deallocate() }
}
