import Foundation
import FoundationNetworking
import JSON
import SendPlans

/// Makes requests to a Fanfare server.
struct ServerClient: Sendable {
    /// What a request carries.
    enum Body: Sendable {
        case none
        case json(JSONValue)
        /// A file's bytes as they are, read as they are sent.
        case file(path: String, contentType: String, isGzip: Bool)
    }

    /// Without a slash at its end.
    let base: String
    private let key: String
    private let connection: ServerConnection

    init(base: String, key: String) {
        self.base = base
        self.key = key
        connection = ServerConnection()
    }

    /// Makes a request and waits for its answer.
    ///
    /// - Parameters:
    ///   - method: The HTTP method.
    ///   - path: Below the server's address, its parts escaped.
    ///   - query: Parameters.
    ///   - body: What it carries.
    ///   - seconds: How long nothing may happen.
    ///   - progressed: Called with the bytes of the body that were sent.
    /// - Returns: An answer of success.
    /// - Throws: `ServerFailure`.
    func send(
        _ method: String, _ path: String, query: [(String, String)] = [], body: Body = .none,
        seconds: Double = CommandLimits.answerSeconds,
        progressed: @escaping @Sendable (Int64) -> Void = { _ in }
    ) async throws -> ServerReply {
        let parameters = query.map { "\(Self.escaped($0.0))=\(Self.escaped($0.1))" }
        let target = path + (parameters.isEmpty ? "" : "?" + parameters.joined(separator: "&"))
        guard let url = URL(string: base + target) else {
            throw ServerFailure(.network, "no request can be made to \(base)\(target)")
        }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.timeoutInterval = seconds
        request.cachePolicy = .reloadIgnoringLocalCacheData
        request.setValue("Bearer \(key)", forHTTPHeaderField: "Authorization")
        request.setValue(Product.userAgent, forHTTPHeaderField: "User-Agent")
        var file: URL?
        switch body {
        case .none: break
        case .json(let value):
            request.httpBody = Data(value.encoded.utf8)
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        case .file(let path, let contentType, let isGzip):
            file = URL(fileURLWithPath: path)
            request.setValue(contentType, forHTTPHeaderField: "Content-Type")
            if isGzip { request.setValue("gzip", forHTTPHeaderField: "Content-Encoding") }
        }
        let reply: ServerReply
        do {
            reply = try await connection.send(request, file: file, progressed: progressed)
        } catch let failure as ServerFailure {
            throw failure
        } catch {
            throw ServerFailure(.network, "no answer from \(base): \(Self.reason(error))")
        }
        guard (200..<300).contains(reply.status) else {
            throw ServerFailure(status: reply.status, body: reply.body)
        }
        return reply
    }

    func get(_ path: String, query: [(String, String)] = []) async throws -> ServerReply {
        try await send("GET", path, query: query)
    }

    /// A text as one part of a path, or as a parameter.
    static func escaped(_ text: String) -> String {
        var allowed = CharacterSet.alphanumerics
        allowed.insert(charactersIn: "-._~")
        // Letters beyond ASCII count as alphanumeric.
        let isASCII = text.utf8.allSatisfy { $0 < 0x80 }
        if !isASCII {
            return text.utf8.map { byte in
                let character = Character(UnicodeScalar(byte))
                let isPlain = byte < 0x80 && (character.isLetter || character.isNumber)
                return isPlain ? String(character) : "%" + String(format: "%02X", Int(byte))
            }.joined()
        }
        return text.addingPercentEncoding(withAllowedCharacters: allowed) ?? text
    }

    private static func reason(_ error: any Error) -> String {
        guard let error = error as? URLError else { return "\(error)" }
        switch error.code {
        case .timedOut: return "it took too long"
        case .cannotConnectToHost: return "nothing listens there"
        case .cannotFindHost, .dnsLookupFailed: return "there is no such host"
        case .networkConnectionLost: return "the connection was lost"
        default: return error.localizedDescription
        }
    }
}
