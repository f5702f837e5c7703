import CLibcurl
import Engine

extension EasySlot {
    /// Sets a handle up for a target: everything that stays the same from request to request.
    ///
    /// libcurl copies the strings and refuses none of these options in the versions that
    /// `LibcurlRuntime.require` admits, so their codes are not looked at: what could go wrong with
    /// the URL goes wrong when it is used.
    static func configure(
        _ slot: UnsafeMutablePointer<EasySlot>, for target: UnsafePointer<Target>, index: Int32,
        options: CurlTransportOptions, share: UnsafeMutableRawPointer
    ) {
        let easy = unsafe slot.pointee.easy
        if unsafe slot.pointee.target >= 0 { unsafe curl_easy_reset(easy) }
        unsafe slot.pointee.target = index
        unsafe slot.pointee.forbidsResend = target.pointee.forbidsResend
        unsafe slot.pointee.allowsPrivateNetworks = target.pointee.allowsPrivateNetworks

        unsafe setCallbacks(easy, slot)
        unsafe setIsolation(easy)
        unsafe setConnection(easy, options, share)

        unsafe clibcurl_easy_set_long(
            easy, CURLOPT_TIMEOUT_MS, target.pointee.timeoutMilliseconds)
        unsafe clibcurl_easy_set_long(
            easy, CURLOPT_CONNECTTIMEOUT_MS, target.pointee.connectTimeoutMilliseconds)
        unsafe clibcurl_easy_set_long(easy, CURLOPT_POST, 1)
        if let method = unsafe target.pointee.customMethod {
            unsafe clibcurl_easy_set_string(easy, CURLOPT_CUSTOMREQUEST, method)
        }
        if let url = unsafe target.pointee.url {
            unsafe clibcurl_easy_set_pointer(
                easy, CURLOPT_CURLU, UnsafeMutableRawPointer(url))
        }
        let headers = unsafe slot.pointee.headers.link(
            count: target.pointee.linePrefixes.values.count, to: target.pointee.headers.head)
        unsafe clibcurl_easy_set_headers(easy, headers)
        unsafe slot.pointee.answer.setUp(
            for: target.pointee.answerFields, bodyBytesMax: target.pointee.answerBodyBytesMax)
        if unsafe target.pointee.answerBodyBytesMax > 0 {
            unsafe clibcurl_easy_set_write(easy, EasyCallbacks.writeKeeping)
        }
    }

    private static func setCallbacks(
        _ easy: UnsafeMutableRawPointer, _ slot: UnsafeMutablePointer<EasySlot>
    ) {
        let context = UnsafeMutableRawPointer(slot)
        unsafe clibcurl_easy_set_pointer(easy, CURLOPT_PRIVATE, context)
        unsafe clibcurl_easy_set_write(easy, EasyCallbacks.write)
        unsafe clibcurl_easy_set_pointer(easy, CURLOPT_WRITEDATA, context)
        unsafe clibcurl_easy_set_prerequest(easy, EasyCallbacks.prerequest)
        unsafe clibcurl_easy_set_pointer(easy, CURLOPT_PREREQDATA, context)
        unsafe clibcurl_easy_set_open_socket(easy, EasyCallbacks.openSocket)
        unsafe clibcurl_easy_set_pointer(easy, CURLOPT_OPENSOCKETDATA, context)
        // A connection takes this pair along and outlives its first request, so the context is the
        // core.
        unsafe clibcurl_easy_set_close_socket(easy, EasyCallbacks.closeSocket)
        unsafe clibcurl_easy_set_pointer(easy, CURLOPT_CLOSESOCKETDATA, slot.pointee.core)
    }

    /// Nothing but the target decides where a request goes: not the environment, not the answer.
    private static func setIsolation(_ easy: UnsafeMutableRawPointer) {
        unsafe clibcurl_easy_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        unsafe clibcurl_easy_set_string(easy, CURLOPT_PROXY, "")
        // Spares two look-ups in the environment per request.
        unsafe clibcurl_easy_set_string(easy, CURLOPT_NOPROXY, "*")
        unsafe clibcurl_easy_set_long(easy, CURLOPT_FOLLOWLOCATION, 0)
        unsafe clibcurl_easy_set_long(easy, CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
        unsafe clibcurl_easy_set_long(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        unsafe clibcurl_easy_set_long(easy, CURLOPT_HTTP09_ALLOWED, 0)
        // Signals are the process's own; libcurl would change their handlers around every call.
        unsafe clibcurl_easy_set_long(easy, CURLOPT_NOSIGNAL, 1)
    }

    private static func setConnection(
        _ easy: UnsafeMutableRawPointer, _ options: CurlTransportOptions,
        _ share: UnsafeMutableRawPointer
    ) {
        let version = options.offersHTTP2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1
        unsafe clibcurl_easy_set_long(easy, CURLOPT_HTTP_VERSION, Int(version))
        unsafe clibcurl_easy_set_pointer(easy, CURLOPT_SHARE, share)
        unsafe clibcurl_easy_set_long(
            easy, CURLOPT_BUFFERSIZE, CurlTransportLimits.receiveBufferBytes)
        unsafe clibcurl_easy_set_long(
            easy, CURLOPT_UPLOAD_BUFFERSIZE, CurlTransportLimits.uploadBufferBytes)
        unsafe clibcurl_easy_set_long(easy, CURLOPT_TCP_NODELAY, 1)
        unsafe clibcurl_easy_set_long(easy, CURLOPT_TCP_KEEPALIVE, 1)
        unsafe clibcurl_easy_set_long(
            easy, CURLOPT_MAXAGE_CONN, options.connectionIdleSecondsMax)
        unsafe clibcurl_easy_set_long(
            easy, CURLOPT_DNS_CACHE_TIMEOUT, options.resolvedSecondsMax)
        // A look-up that outlives its request is left to its thread; otherwise libcurl would wait
        // for it, and the loop with it.
        unsafe clibcurl_easy_set_long(easy, CURLOPT_QUICK_EXIT, 1)
        if let file = options.certificateAuthoritiesFile {
            unsafe clibcurl_easy_set_string(easy, CURLOPT_CAINFO, file)
        }
    }
}
