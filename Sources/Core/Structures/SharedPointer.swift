/// The address of values that threads share, outside any object.
///
/// For what is reached once a message or more often: to get there through an object would count
/// references, on a line of memory for which all threads contend. The values are only ever
/// borrowed, so whatever changes in them is atomic or guarded, as `Sendable` says of them. Whoever
/// makes the memory frees it, after the last use by anybody: that is the one promise that the
/// caller has to keep, and why each use says `unsafe`.
///
/// SAFETY: of the address itself nothing changes, and all that it leads to is a borrow of a value
/// that is `Sendable`. Only `deallocate` needs to be alone, which is its caller's promise.
@unsafe
@frozen
public struct SharedPointer<Value: ~Copyable & Sendable>: BitwiseCopyable, @unchecked Sendable {
    // Public, with `package` members, because Swift 6.3 inlines no call to a member of a `package`
    // type into another module.

    @usableFromInline let address: UnsafeMutablePointer<Value>

    /// Allocates memory for one value and moves it there.
    package init(to value: consuming Value) {
        unsafe address = .allocate(capacity: 1)
        unsafe address.initialize(to: value)
    }

    /// Allocates memory for `count` values, each of which `make` returns.
    package init(count: Int, _ make: () -> Value) {
        unsafe address = .allocate(capacity: count)
        for index in 0..<count { unsafe (address + index).initialize(to: make()) }
    }

    /// Ends the lives of the values and frees their memory.
    ///
    /// - Parameter count: As many as were made; 1 unless said otherwise.
    package func deallocate(count: Int = 1) {
        unsafe address.deinitialize(count: count)
        unsafe address.deallocate()
    }

    /// The value, or the first of several.
    @inlinable
    package var pointee: Value {
        @inline(__always)
        unsafeAddress { unsafe UnsafePointer(address) }
    }

    /// The value at an index, which is not checked.
    @inlinable
    package subscript(index: Int) -> Value {
        @inline(__always)
        unsafeAddress { unsafe UnsafePointer(address + index) }
    }
}
