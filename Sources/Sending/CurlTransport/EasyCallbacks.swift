import CLibcurl
import Glibc
import UVLoop

/// The callbacks of an easy handle; their context is the slot, or the core for what outlives a
/// slot's request.
enum EasyCallbacks {
    /// `CURLOPT_WRITEFUNCTION`: counts the body and drops it; ends the transfer beyond the limit.
    static let write: curl_write_callback = { _, size, count, context in
        let slot = unsafe slot(context)
        let bytes = size &* count
        unsafe slot.pointee.bodyBytesLeft &-= bytes
        return unsafe slot.pointee.bodyBytesLeft < 0 ? 0 : bytes
    }

    /// `CURLOPT_WRITEFUNCTION` where the target asks for the body's first bytes: keeps these.
    static let writeKeeping: curl_write_callback = { bytes, size, count, context in
        let slot = unsafe slot(context)
        unsafe slot.pointee.answer.keep(
            UnsafeRawBufferPointer(start: bytes, count: size &* count))
        unsafe slot.pointee.bodyBytesLeft &-= size &* count
        return unsafe slot.pointee.bodyBytesLeft < 0 ? 0 : size &* count
    }

    /// `CURLOPT_PREREQFUNCTION`: called each time before the request is put on a connection.
    ///
    /// libcurl repeats a request by itself when a connection that it took from its pool turns out
    /// to be closed, although the server may have acted on it. This is the place to count that, or
    /// to stop it.
    static let prerequest: curl_prereq_callback = { context, _, _, _, _ in
        let slot = unsafe slot(context)
        if unsafe slot.pointee.wireAttempts > 0 && slot.pointee.forbidsResend {
            unsafe slot.pointee.circumstances.insert(.resendStopped)
            return CURL_PREREQFUNC_ABORT
        }
        unsafe slot.pointee.circumstances.insert(.requestLeft)
        unsafe slot.pointee.isOnWire = true
        if unsafe slot.pointee.wireAttempts < .max { unsafe slot.pointee.wireAttempts &+= 1 }
        return CURL_PREREQFUNC_OK
    }

    /// `CURLOPT_OPENSOCKETFUNCTION`: applies the address policy to what is about to be dialled.
    static let openSocket: curl_opensocket_callback = { context, _, address in
        let slot = unsafe slot(context)
        guard let address = unsafe address else { return CURL_SOCKET_BAD }
        let family = unsafe address.pointee.family
        if unsafe !slot.pointee.allowsPrivateNetworks {
            // libcurl keeps more bytes behind `addr` than its type says, `addrlen` in all.
            let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr)!
            let bytes = unsafe UnsafeRawBufferPointer(
                start: UnsafeRawPointer(address) + offset, count: Int(address.pointee.addrlen))
            guard unsafe AddressPolicy.isPublic(family: family, bytes) else {
                unsafe slot.pointee.circumstances.insert(.addressRefused)
                return CURL_SOCKET_BAD
            }
        }
        let kind =
            unsafe address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let socket = unsafe Glibc.socket(family, kind, address.pointee.protocol)
        guard socket >= 0 else {
            unsafe slot.pointee.circumstances.insert(.socketUnavailable)
            return CURL_SOCKET_BAD
        }
        unsafe slot.pointee.circumstances.insert(.addressDialled)
        unsafe LaneCallbacks.opened(socket, by: slot)
        return socket
    }

    /// `CURLOPT_CLOSESOCKETFUNCTION`: the end of a socket and of its watcher.
    static let closeSocket: curl_closesocket_callback = { context, socket in
        guard let context = unsafe context else {
            preconditionFailure("A connection was closed without its context.")
        }
        let core = unsafe context.assumingMemoryBound(to: TransportCore.self)
        let entry = unsafe core.pointee.sockets.entry(socket)
        unsafe entry.pointee.clear()
        return close(socket)
    }

    /// The one place that turns a context back into a slot.
    @inline(__always)
    static func slot(_ context: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<EasySlot> {
        guard let context = unsafe context else {
            preconditionFailure("An easy handle called back without its slot.")
        }
        return unsafe context.assumingMemoryBound(to: EasySlot.self)
    }
}
