import CLibcurl
package import Engine

/// What libcurl needs once per process.
package enum LibcurlRuntime {
    /// `curl_global_init_mem`, made once by whoever comes first.
    private static let initialised = LibcurlMemory.initialiseLibcurl(
        flags: Int(CURL_GLOBAL_SSL | CURL_GLOBAL_WIN32))

    /// Initialises libcurl and checks that it can do what this module builds on.
    ///
    /// - Throws: `TransportError` for `transport` when it cannot.
    package static func require() throws(TransportError) {
        guard initialised == CURLE_OK else {
            throw TransportError(
                field: "transport", message: "libcurl cannot start (\(initialised.rawValue))")
        }
        guard let info = unsafe clibcurl_version() else {
            throw TransportError(field: "transport", message: "libcurl does not tell its version")
        }
        // 7.85 brought CURLOPT_PROTOCOLS_STR.
        guard unsafe info.pointee.version_num >= 0x07_55_00 else {
            throw TransportError(field: "transport", message: "libcurl is older than 7.85")
        }
        // Without a resolver of its own thread each look-up would hold up the loop.
        guard unsafe info.pointee.features & CURL_VERSION_ASYNCHDNS != 0 else {
            throw TransportError(
                field: "transport", message: "libcurl resolves names synchronously")
        }
    }
}
