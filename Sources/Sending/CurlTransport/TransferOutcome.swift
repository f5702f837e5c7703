import CLibcurl
import Engine

// What a finished transfer means.
//
// 1. A final status (200 to 599 or whatever three digits a server makes up above them) is the
//    provider's word on the request, whatever happened to the rest of the answer: a body that was
//    cut off, a deadline that passed while it arrived, an HTTP/2 stream that was reset after it
//    (libcurl 7.88 reports complete answers as error 92). Nothing needs the rest of the body, and
//    to send a request again that was answered with 2xx is a duplicate. The code of libcurl is
//    kept beside it, for people.
// 2. CURLE_OK without a final status is not an acceptance: `responseInvalid`.
// 3. 1xx is never final.

/// The conditions that libcurl's code alone does not tell.
struct TransferCircumstances: OptionSet {
    let rawValue: UInt8

    /// The address policy refused an address of the host.
    static let addressRefused = TransferCircumstances(rawValue: 1)
    /// A socket was opened to an address of the host.
    static let addressDialled = TransferCircumstances(rawValue: 2)
    /// The process could not open a socket.
    static let socketUnavailable = TransferCircumstances(rawValue: 4)
    /// libcurl wanted to put the request on the wire a second time and was stopped.
    static let resendStopped = TransferCircumstances(rawValue: 8)
    /// The request was put on the wire at least once.
    static let requestLeft = TransferCircumstances(rawValue: 16)
}

enum TransferOutcome {
    /// Whether a status that libcurl reports ends the request.
    static func isFinal(status: Int) -> Bool { status >= 200 && status <= 999 }

    /// Why a transfer without a final status has none.
    ///
    /// - Parameters:
    ///   - code: libcurl's result, a `CURLcode`.
    ///   - circumstances: What the callbacks noted on the way.
    /// - Returns: The failure; never `none`.
    static func failure(
        code: UInt32, _ circumstances: TransferCircumstances
    ) -> TransferFailure {
        switch CURLcode(rawValue: code) {
        case CURLE_OK:
            return .responseInvalid
        case CURLE_URL_MALFORMAT, CURLE_LOGIN_DENIED:
            // LOGIN_DENIED: the URL carries a user name, which is not allowed.
            return .urlInvalid
        case CURLE_UNSUPPORTED_PROTOCOL:
            // Also what libcurl calls an answer that does not begin with a status line (HTTP/0.9).
            return circumstances.contains(.requestLeft) ? .responseInvalid : .urlInvalid
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            return .resolveFailed
        case CURLE_COULDNT_CONNECT, CURLE_INTERFACE_FAILED:
            // When one address was refused and another one dialled, the dialled one failed.
            if circumstances.contains(.addressDialled) { return .connectFailed }
            if circumstances.contains(.socketUnavailable) { return .other }
            return circumstances.contains(.addressRefused) ? .addressRefused : .connectFailed
        case CURLE_OPERATION_TIMEDOUT:
            return .timedOut
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ENGINE_NOTFOUND,
            CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_USE_SSL_FAILED, CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_CACERT_BADFILE,
            CURLE_SSL_SHUTDOWN_FAILED, CURLE_SSL_CRL_BADFILE, CURLE_SSL_ISSUER_ERROR,
            CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CLIENTCERT:
            return .tlsFailed
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE,
            CURLE_HTTP2, CURLE_HTTP2_STREAM, CURLE_HTTP3, CURLE_QUIC_CONNECT_ERROR:
            return .connectionLost
        case CURLE_WEIRD_SERVER_REPLY, CURLE_WRITE_ERROR, CURLE_BAD_CONTENT_ENCODING,
            CURLE_FILESIZE_EXCEEDED, CURLE_TOO_MANY_REDIRECTS, CURLE_HTTP_RETURNED_ERROR:
            return .responseInvalid
        case CURLE_BAD_FUNCTION_ARGUMENT:
            return circumstances.contains(.requestLeft) ? .other : .requestInvalid
        case CURLE_ABORTED_BY_CALLBACK:
            return circumstances.contains(.resendStopped) ? .connectionLost : .other
        default:
            return .other
        }
    }

    /// Whether an answer with this status is asked for its Retry-After.
    ///
    /// All but acceptances, which are the many. Whether the delivery is put off at all is the
    /// provider's to say, which alone knows what its statuses mean.
    static func mayCarryRetryAfter(status: Int) -> Bool { status >= 300 }

    /// Retry-After as the port wants it.
    ///
    /// libcurl gives seconds for both forms of the header, 0 when there is none, and before 8.12 a
    /// negative number for a date that is past.
    ///
    /// - Parameter seconds: `CURLINFO_RETRY_AFTER`.
    /// - Returns: Seconds, −1 when absent or past.
    static func retryAfter(_ seconds: Int) -> Int32 {
        seconds <= 0 ? -1 : Int32(clamping: seconds)
    }
}
