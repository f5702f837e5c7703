import Foundation
import Glibc
import Synchronization

/// A request as it came over the wire.
struct RecordedRequest: Equatable, Sendable {
    /// Such as `POST /hook HTTP/1.1`.
    var line: String
    var headers: [String]
    var body: String
    /// How many requests with the same key came before it.
    var repetition = 0

    /// The value of the first header of that name, in any case.
    func header(_ name: String) -> String? {
        let prefix = name.lowercased() + ":"
        return headers.first { $0.lowercased().hasPrefix(prefix) }.map {
            String($0.dropFirst(prefix.count).drop { $0 == " " })
        }
    }

    var key: String { header("webhook-id") ?? "" }

    var path: String {
        let parts = line.split(separator: " ")
        return parts.count == 3 ? String(parts[1]) : line
    }
}

/// An HTTP/1.1 server on loopback that keeps each request and answers as told.
///
/// One thread accepts, one serves each connection, with blocking calls. `stop` unblocks them all.
final class RecordingServer: Sendable {
    enum Reply: Sendable {
        case status(Int, headers: [String] = [], body: String = "")
        /// Ends the connection without an answer.
        case hangUp
    }

    private struct State {
        var isStopped = false
        var connections: Set<Int32> = []
        var requests: [RecordedRequest] = []
        var counts: [String: Int] = [:]
    }

    let port: UInt16
    private let listener: Int32
    private let script: Mutex<@Sendable (RecordedRequest) -> Reply>
    private let state = Mutex(State())

    init(_ script: @escaping @Sendable (RecordedRequest) -> Reply) throws {
        self.script = Mutex(script)
        (listener, port) = try Loopback.listen()
        Thread.detachNewThread { [self] in acceptAll() }
    }

    var url: String { "http://127.0.0.1:\(port)/hook" }

    /// All requests so far, in the order in which they were complete.
    var requests: [RecordedRequest] { state.withLock { $0.requests } }

    /// Answers differently from now on.
    func change(_ script: @escaping @Sendable (RecordedRequest) -> Reply) {
        self.script.withLock { $0 = script }
    }

    func stop() {
        state.withLock { state in
            state.isStopped = true
            for socket in state.connections { shutdown(socket, Int32(SHUT_RDWR)) }
        }
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func acceptAll() {
        while true {
            let socket = accept(listener, nil, nil)
            if socket < 0 { break }
            let isWelcome = state.withLock { state in
                if !state.isStopped { state.connections.insert(socket) }
                return !state.isStopped
            }
            guard isWelcome else {
                close(socket)
                break
            }
            Thread.detachNewThread { [self] in
                serve(socket)
                _ = state.withLock { $0.connections.remove(socket) }
                close(socket)
            }
        }
        close(listener)
    }

    private func serve(_ socket: Int32) {
        var bytes: [UInt8] = []
        while var request = Self.next(from: socket, &bytes) {
            state.withLock { state in
                request.repetition = state.counts[request.key, default: 0]
                state.counts[request.key, default: 0] += 1
                state.requests.append(request)
            }
            guard
                case .status(let status, let headers, let body) = script.withLock({ $0 })(request)
            else { return }
            let length = "Content-Length: \(body.utf8.count)"
            let lines = ["HTTP/1.1 \(status) Scripted", length] + headers
            let answer = lines.joined(separator: "\r\n") + "\r\n\r\n" + body
            guard Loopback.sendAll(Array(answer.utf8), to: socket) else { return }
        }
    }

    /// Takes a request with a Content-Length off a connection.
    private static func next(from socket: Int32, _ bytes: inout [UInt8]) -> RecordedRequest? {
        while true {
            if let request = take(&bytes) { return request }
            guard let chunk = Loopback.receive(from: socket), !chunk.isEmpty else { return nil }
            bytes += chunk
        }
    }

    private static func take(_ bytes: inout [UInt8]) -> RecordedRequest? {
        let data = Data(bytes)
        guard let blank = data.range(of: Data("\r\n\r\n".utf8)) else { return nil }
        let head = String(decoding: data[..<blank.lowerBound], as: UTF8.self)
        var lines = head.components(separatedBy: "\r\n")
        var request = RecordedRequest(line: lines.removeFirst(), headers: lines, body: "")
        let end = blank.upperBound + (request.header("content-length").flatMap { Int($0) } ?? 0)
        guard bytes.count >= end else { return nil }
        request.body = String(decoding: data[blank.upperBound..<end], as: UTF8.self)
        bytes.removeFirst(end)
        return request
    }
}
