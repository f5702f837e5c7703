import CLibcurl
import Engine
import Glibc

/// What a target's handles have in common, copied from its specification.
@safe
struct Target {
    /// The URL of every request, parsed; `nil` when each brings its own.
    ///
    /// libcurl copies the parts of a parsed URL for each request. One given as text it would parse,
    /// put together again and copy, which takes a tenth of the instructions of a request.
    let url: OpaquePointer?
    /// The method when it is not POST.
    let customMethod: UnsafeMutablePointer<CChar>?
    let headers: StaticHeaderChain
    let headerLinesPerRequest: Int
    let timeoutMilliseconds: Int
    let connectTimeoutMilliseconds: Int
    let allowsPrivateNetworks: Bool
    let forbidsResend: Bool
    /// Chooses the home lane; for a target without a URL each request has its own.
    let hostHash: UInt32
    /// First of the slots that are set up for the target and free; −1 when there is none.
    var freeSlots: Int32 = -1
    var flightCount: Int32 = 0
    /// Whether `release` was called; the target goes when its last flight has ended.
    var isReleased = false

    /// Checks and copies a specification.
    init(_ specification: TargetSpecification) throws(TransportError) {
        try TargetRules.check(specification)
        if let text = specification.url {
            unsafe url = TargetRules.parse(text)
            hostHash = unsafe text.withCString { unsafe HostHash.of($0) }
        } else {
            unsafe url = nil
            hostHash = 0
        }
        unsafe customMethod = specification.method == "POST" ? nil : strdup(specification.method)
        headers = StaticHeaderChain(
            specification.headerLines + TargetRules.linesToSuppress(specification.headerLines))
        headerLinesPerRequest = specification.headerLinesPerRequest
        timeoutMilliseconds = specification.timeoutMilliseconds
        connectTimeoutMilliseconds = specification.connectTimeoutMilliseconds
        allowsPrivateNetworks = specification.allowsPrivateNetworks
        forbidsResend = specification.forbidsResend
    }

    /// Frees the copies; no handle may be set up for the target any more.
    func destroy() {
        unsafe curl_url_cleanup(url)
        unsafe free(customMethod)
        headers.destroy()
    }
}

/// Spreads hosts over lanes.
enum HostHash {
    /// FNV-1a of a URL's authority, the part between `//` and the next `/`, `?` or `#`.
    ///
    /// A URL without one hashes to some value: it fails later, in libcurl.
    @inline(__always)
    static func of(_ url: UnsafePointer<CChar>) -> UInt32 {
        var byte = unsafe UnsafeRawPointer(url).assumingMemoryBound(to: UInt8.self)
        while unsafe byte.pointee != 0, unsafe byte.pointee != UInt8(ascii: "/") {
            unsafe byte += 1
        }
        while unsafe byte.pointee == UInt8(ascii: "/") { unsafe byte += 1 }
        var hash: UInt32 = 2_166_136_261
        while true {
            switch unsafe byte.pointee {
            case 0, UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"): return hash
            default: hash = unsafe (hash ^ UInt32(byte.pointee)) &* 16_777_619
            }
            unsafe byte += 1
        }
    }
}
