import Foundation
import FoundationNetworking
import Structures

/// A session whose requests report their progress, follow no redirects and keep no answer larger
/// than they should be.
final class ServerConnection: NSObject, URLSessionDataDelegate, Sendable {
    private struct Exchange {
        let continuation: CheckedContinuation<ServerReply, any Error>
        let progressed: @Sendable (Int64) -> Void
        var body = Data()
        var failure: ServerFailure?
    }

    // By the number of its task.
    private let exchanges = Guarded<[Int: Exchange]>([:])
    private let session = Guarded<URLSession?>(nil)

    /// Makes a request, and reads its body from a file if there is one; ends it when its task is
    /// cancelled.
    func send(
        _ request: URLRequest, file: URL?, progressed: @escaping @Sendable (Int64) -> Void
    ) async throws -> ServerReply {
        let session = openSession()
        let task =
            if let file {
                session.uploadTask(with: request, fromFile: file)
            } else {
                session.dataTask(with: request)
            }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let exchange = Exchange(continuation: continuation, progressed: progressed)
                exchanges.withLock { $0[task.taskIdentifier] = exchange }
                task.resume()
            }
        } onCancel: {
            task.cancel()
        }
    }

    private func openSession() -> URLSession {
        session.withLock { session in
            if let open = session { return open }
            let configuration = URLSessionConfiguration.ephemeral
            configuration.httpCookieStorage = nil
            let new = URLSession(configuration: configuration, delegate: self, delegateQueue: nil)
            session = new
            return new
        }
    }

    func urlSession(
        _: URLSession, task: URLSessionTask, didSendBodyData _: Int64, totalBytesSent: Int64,
        totalBytesExpectedToSend _: Int64
    ) {
        exchanges.withLock { $0[task.taskIdentifier] }?.progressed(totalBytesSent)
    }

    /// A server that moved would be sent the key at an address that nobody named.
    func urlSession(
        _: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
    ) {
        exchanges.withLock { exchanges in
            exchanges[task.taskIdentifier]?.failure = ServerFailure(
                .server,
                "the server sends its callers to \(newRequest.url?.absoluteString ?? "elsewhere"); "
                    + "name that address with --server if it is right")
        }
        completionHandler(nil)
        task.cancel()
    }

    func urlSession(_: URLSession, dataTask task: URLSessionDataTask, didReceive data: Data) {
        let isTooLarge = exchanges.withLock { exchanges in
            guard var exchange = exchanges.removeValue(forKey: task.taskIdentifier) else {
                return false
            }
            let isTooLarge = exchange.body.count + data.count > CommandLimits.answerBytesMax
            if isTooLarge {
                exchange.failure = ServerFailure(.server, "the server's answer is too large")
            } else {
                exchange.body.append(data)
            }
            exchanges[task.taskIdentifier] = exchange
            return isTooLarge
        }
        if isTooLarge { task.cancel() }
    }

    func urlSession(
        _: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?
    ) {
        let ended = exchanges.withLock { $0.removeValue(forKey: task.taskIdentifier) }
        guard let ended else { return }
        if let failure = ended.failure {
            ended.continuation.resume(throwing: failure)
        } else if let error {
            ended.continuation.resume(throwing: error)
        } else if let response = task.response as? HTTPURLResponse {
            ended.continuation.resume(
                returning: ServerReply(status: response.statusCode, body: ended.body))
        } else {
            ended.continuation.resume(throwing: URLError(.badServerResponse))
        }
    }
}
