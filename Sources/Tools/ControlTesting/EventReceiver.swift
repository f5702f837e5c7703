import Foundation
import Glibc
import Structures

/// A request as an event webhook's receiver gets it.
package struct ReceivedRequest: Sendable {
    /// Such as `POST /hook HTTP/1.1`.
    package var line: String
    /// Names in lower case.
    package var headers: [String: String]
    package var body: [UInt8]

    package var id: String { headers["webhook-id"] ?? "" }
    package var signatures: [String] {
        (headers["webhook-signature"] ?? "").split(separator: " ").map(String.init)
    }
}

/// An HTTP/1.1 server on loopback that keeps each request and answers as told.
///
/// One thread accepts, one serves each connection, with blocking calls.
package final class EventReceiver: Sendable {
    /// How it answers.
    package enum Answer: Sendable {
        case status(Int)
        /// Keeps the connection open and never answers.
        case silence
    }

    private struct State: Sendable {
        var reply: Answer
        var sockets: [Int32] = []
        var requests: [ReceivedRequest] = []
    }

    /// What did not work.

    package let port: UInt16
    private let listener: Int32
    private let state: Guarded<State>

    package init(_ reply: Answer = .status(200)) throws {
        state = Guarded(State(reply: reply))
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(listener, $0, length) == 0 && listen(listener, 64) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        guard isBound else { throw Unexpected("the receiver cannot bind") }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self] in acceptAll() }
    }

    package var url: String { "http://127.0.0.1:\(port)/hook" }

    package var requests: [ReceivedRequest] { state.withLock { $0.requests } }

    /// Answers differently from now on.
    package func answer(_ reply: Answer) { state.withLock { $0.reply = reply } }

    /// Waits until so many requests have come.
    package func wait(_ count: Int) async throws -> [ReceivedRequest] {
        for _ in 0..<6_000 {
            let requests = requests
            if requests.count >= count { return requests }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw Unexpected("there are \(requests.count) requests, not \(count)")
    }

    package func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        // Under the lock: a socket that was closed meanwhile may be another's by now.
        state.withLock { state in
            for socket in state.sockets { shutdown(socket, Int32(SHUT_RDWR)) }
        }
    }

    private func acceptAll() {
        while true {
            let socket = accept(listener, nil, nil)
            guard socket >= 0 else { break }
            state.withLock { $0.sockets.append(socket) }
            Thread.detachNewThread { [self] in
                serve(socket)
                state.withLock { state in state.sockets.removeAll { $0 == socket } }
                close(socket)
            }
        }
        close(listener)
    }

    private func serve(_ socket: Int32) {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            while let request = Self.take(&bytes) {
                let reply = state.withLock { state in
                    state.requests.append(request)
                    return state.reply
                }
                if case .status(let status) = reply {
                    let answer = "HTTP/1.1 \(status) Told\r\nContent-Length: 0\r\n\r\n"
                    _ = unsafe send(socket, answer, answer.utf8.count, Int32(MSG_NOSIGNAL))
                }
            }
            let count = unsafe recv(socket, &chunk, chunk.count, 0)
            guard count > 0 else { return }
            bytes += chunk[..<count]
        }
    }

    /// Takes a request off what has come.
    private static func take(_ bytes: inout [UInt8]) -> ReceivedRequest? {
        guard let blank = Data(bytes).range(of: Data("\r\n\r\n".utf8)) else { return nil }
        var lines = String(decoding: bytes[..<blank.lowerBound], as: UTF8.self)
            .components(separatedBy: "\r\n")
        let line = lines.removeFirst()
        var headers: [String: String] = [:]
        for line in lines {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        let end = blank.upperBound + (headers["content-length"].flatMap { Int($0) } ?? 0)
        guard bytes.count >= end else { return nil }
        defer { bytes.removeFirst(end) }
        return ReceivedRequest(
            line: line, headers: headers, body: Array(bytes[blank.upperBound..<end]))
    }
}
