import CLibuv

// What all handles share: memory that libuv keeps a pointer to, and the lifetime of the Swift
// object that its callbacks reach through `uv_handle_t.data`.
//
//     init ──▶ open ──close()──▶ closing ──close callback, in a later part of the loop's turn──▶
//     closed
//
// 1. Context lifetime: `init` makes the one retain (`passRetained` into `data`), the close callback
//    makes the one release (`takeRetainedValue`) and frees the C memory. In between libuv may call
//    at any time and always finds the object alive. So a handle that nobody closes lives as long as
//    its loop does not close; dropping the last Swift reference does not stop it.
// 2. A handler object is held strongly while the handle is open and dropped in the close callback,
//    which ends the cycle owner → handle → owner.
// 3. No callback of a handle comes after `close()` has been called, except for what `didClose`
//    announces.

/// The part that all handles of an event loop share: closing, and keeping the loop alive
/// ([`uv_handle_t`](https://docs.libuv.org/en/v1.x/handle.html)).
///
/// A handle stays open, with its callbacks, until `close()` is called on it or on its loop, even if
/// nobody refers to it any more.
// SAFETY: libuv's memory is freed in the close callback alone, and `checkOpen` stands before every
// use of it.
@safe
package class LoopHandle {
    /// The loop that the handle was opened on; they hold each other until the handle is closed.
    package let loop: EventLoop
    /// Valid until the close callback has run (`isClosed`); every use is guarded by `checkOpen`.
    private let raw: UnsafeMutablePointer<uv_handle_t>
    /// Whether `close` was called; from then on no handler is.
    private(set) package var isClosing = false
    /// Whether the close callback has run and the memory that libuv used is freed.
    private(set) package var isClosed = false

    /// Allocates a zeroed `Raw`, lets `open` initialise it on the loop, and retains `self` into its
    /// `data`.
    init<Raw>(
        _ loop: EventLoop, zero: consuming Raw, operation: LoopOperation,
        open: (UnsafeMutablePointer<uv_loop_t>, UnsafeMutablePointer<Raw>) -> CInt
    ) throws(LoopError) {
        loop.checkOwner()
        precondition(!loop.isClosed, "A handle was opened on a closed event loop.")
        let memory = UnsafeMutablePointer<Raw>.allocate(capacity: 1)
        unsafe memory.initialize(to: zero)
        let result = unsafe open(loop.raw, memory)
        if result < 0 {
            // libuv has linked nothing yet, so there is no close callback to wait for.
            unsafe memory.deallocate()
            throw LoopError(LoopErrorCode(rawValue: result), in: operation)
        }
        self.loop = loop
        unsafe raw = UnsafeMutableRawPointer(memory).assumingMemoryBound(to: uv_handle_t.self)
        loop.handleOpened()
        unsafe raw.pointee.data = Unmanaged.passRetained(self).toOpaque()  // the one retain
    }

    /// Whether the handle is doing something: a started timer, a listening socket (`uv_is_active`).
    package var isActive: Bool {
        loop.checkOwner()
        return unsafe !isClosed && uv_is_active(raw) != 0
    }

    /// Whether the active handle keeps `run(.untilDone)` going (`uv_ref`, `uv_unref`); true at
    /// first.
    package var keepsLoopAlive: Bool {
        get {
            checkOpen()
            return unsafe uv_has_ref(raw) != 0
        }
        set {
            checkOpen()
            if newValue { unsafe uv_ref(raw) } else { unsafe uv_unref(raw) }
        }
    }

    /// Stops and closes the handle (`uv_close`); does nothing when it is closing already.
    ///
    /// Its handler is not called any more. The object and what its handler holds are let go when
    /// the loop runs the close callback, in the same or the next turn.
    package func close() {
        loop.checkOwner()
        guard !isClosing else { return }
        isClosing = true
        willClose()
        unsafe uv_close(raw, Self.closeCallback)
    }

    /// For subclasses: called once, just before `uv_close`.
    func willClose() {}

    /// For subclasses: called once, in the close callback; drops handlers and frees requests.
    func didClose() {}

    /// For a subclass that closes through another libuv function, which takes the same callback.
    final func close(through closeHandle: (uv_close_cb?) -> CInt) -> CInt {
        loop.checkOwner()
        precondition(!isClosing, "A handle was closed twice.")
        let result = unsafe closeHandle(Self.closeCallback)
        if result >= 0 { isClosing = true }
        return result
    }

    /// The handle's memory as its own type.
    ///
    /// - Parameter type: The libuv type that the subclass passed to `init` as `zero`.
    /// - Returns: The pointer, valid until the close callback has run.
    @inline(__always)
    final func pointer<Raw>(as type: Raw.Type) -> UnsafeMutablePointer<Raw> {
        checkOpen()
        return unsafe UnsafeMutableRawPointer(raw).assumingMemoryBound(to: type)
    }

    /// Traps when the handle is closing or closed, or when the caller's thread does not own the
    /// loop.
    @inline(__always)
    final func checkOpen() {
        loop.checkOwner()
        precondition(!isClosing, "A loop handle was used after it was closed.")
    }

    /// The object in a handle's `data`; the only place that turns one back into a reference.
    @inline(__always)
    static func wrapper<Handle: LoopHandle>(
        _ data: UnsafeMutableRawPointer?, as type: Handle.Type
    ) -> Handle {
        guard let data = unsafe data else {
            preconditionFailure("A libuv handle without a context called back.")
        }
        return unsafe Unmanaged<Handle>.fromOpaque(data).takeUnretainedValue()
    }

    private static let closeCallback: uv_close_cb = { handle in
        guard let handle = unsafe handle, let data = unsafe handle.pointee.data else {
            preconditionFailure("A libuv handle without a context was closed.")
        }
        // The one release: of the retain that `init` made.
        let object = unsafe Unmanaged<LoopHandle>.fromOpaque(data).takeRetainedValue()
        object.isClosed = true
        object.didClose()
        object.loop.handleClosed()
        unsafe UnsafeMutableRawPointer(handle).deallocate()
    }
}
