import Glibc
import Structures
import Testing

// An HTTP/1.1 server on loopback that misbehaves as told.
//
// One thread accepts, one serves each connection with blocking calls, so that a script reads like
// the conversation it makes. `stop()` unblocks and joins them all: nothing outlives a test.

/// What a server does after it has read a request (or accepted a connection).
enum ServerStep: Sendable {
    case send(String)
    case wait(milliseconds: UInt32)
    /// Ends the connection in order.
    case close
    /// Ends the connection with a reset.
    case reset
    /// Reads and answers nothing more until the client or `stop()` ends the connection.
    case hang
}

/// A request as it came over the wire.
struct ReceivedRequest: Sendable {
    var connection: Int
    /// The request's number on its connection, from 0.
    var number: Int
    /// The request line and the header lines.
    var head: [String]
    var body: String
    /// The body byte by byte.
    var bytes: [UInt8]

    /// The value of the first header of that name.
    func header(_ name: String) -> String? {
        let prefix = name.lowercased() + ":"
        guard let line = head.dropFirst().first(where: { $0.lowercased().hasPrefix(prefix) }) else {
            return nil
        }
        return String(line.dropFirst(prefix.count).drop { $0 == " " })
    }
}

final class ScriptedServer: Sendable {
    typealias Script = @Sendable (ReceivedRequest) -> [ServerStep]

    private struct State {
        var isStopped = false
        var connections: Set<Int32> = []
        var connectionCount = 0
        var requests: [ReceivedRequest] = []
        var threads: [pthread_t] = []
    }

    let port: UInt16
    private let listener: Int32
    private let script: Script
    private let accepted: @Sendable (Int) -> [ServerStep]
    private let state = Guarded(State())

    /// Starts a server.
    ///
    /// - Parameters:
    ///   - backlog: Connections that the kernel completes before they are accepted.
    ///   - isOnEveryAddress: Whether it listens on all of 127.0.0.0/8, not on 127.0.0.1 alone.
    ///   - accepts: Whether connections are accepted at all.
    ///   - accepted: What to do with a new connection, by its number, before the first request.
    ///   - script: What to do with each request.
    /// - Throws: `Sockets.Failure`.
    init(
        backlog: Int32 = 512, isOnEveryAddress: Bool = false, accepts: Bool = true,
        accepted: @escaping @Sendable (Int) -> [ServerStep] = { _ in [] },
        script: @escaping Script
    ) throws {
        self.script = script
        self.accepted = accepted
        (listener, port) = try Sockets.listen(
            backlog: backlog, isOnEveryAddress: isOnEveryAddress)
        if accepts { spawn { [self] in acceptAll() } }
    }

    /// A server that answers every request with 200.
    convenience init() throws {
        try self.init { _ in [.send(Answer.status(200))] }
    }

    var url: String { "http://127.0.0.1:\(port)/hook" }
    var requests: [ReceivedRequest] { state.withLock { $0.requests } }
    var connectionCount: Int { state.withLock { $0.connectionCount } }

    /// Ends all connections and waits for the threads.
    func stop() {
        state.withLock { state in
            state.isStopped = true
            for socket in state.connections { shutdown(socket, Int32(SHUT_RDWR)) }
        }
        shutdown(listener, Int32(SHUT_RDWR))
        while let thread = state.withLock({ $0.threads.popLast() }) {
            pthread_join(thread, nil)
        }
        Glibc.close(listener)
    }

    private func acceptAll() {
        while true {
            let socket = accept(listener, nil, nil)
            if socket < 0 { return }
            let number: Int? = state.withLock { state in
                if state.isStopped { return nil }
                state.connections.insert(socket)
                state.connectionCount += 1
                return state.connectionCount - 1
            }
            guard let number else {
                Glibc.close(socket)
                return
            }
            spawn { [self] in
                serve(socket, connection: number)
                _ = state.withLock { $0.connections.remove(socket) }
                Glibc.close(socket)
            }
        }
    }

    private func serve(_ socket: Int32, connection: Int) {
        guard perform(accepted(connection), on: socket) else { return }
        var reader = RequestReader(socket: socket)
        var number = 0
        while let (head, bytes) = reader.next() {
            let request = ReceivedRequest(
                connection: connection, number: number, head: head,
                body: String(decoding: bytes, as: UTF8.self), bytes: bytes)
            state.withLock { $0.requests.append(request) }
            guard perform(script(request), on: socket) else { return }
            number += 1
        }
    }

    /// Does the steps; false when the connection is to be closed.
    private func perform(_ steps: [ServerStep], on socket: Int32) -> Bool {
        for step in steps {
            switch step {
            case .send(let text):
                guard Sockets.sendAll(socket, Array(text.utf8)) else { return false }
            case .wait(let milliseconds): usleep(milliseconds * 1_000)
            case .close: return false
            case .reset:
                var linger = linger(l_onoff: 1, l_linger: 0)
                unsafe setsockopt(
                    socket, SOL_SOCKET, SO_LINGER, &linger,
                    socklen_t(MemoryLayout.size(ofValue: linger)))
                return false
            case .hang:
                var reader = RequestReader(socket: socket)
                while reader.readMore() {}
                return false
            }
        }
        return true
    }

    private func spawn(_ body: @escaping @Sendable () -> Void) {
        final class Box: Sendable {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        var thread = pthread_t()
        let context = unsafe Unmanaged.passRetained(Box(body)).toOpaque()
        let code = unsafe pthread_create(
            &thread, nil,
            { context in
                unsafe Unmanaged<Box>.fromOpaque(context!).takeRetainedValue().body()
                return nil
            }, context)
        precondition(code == 0, "No thread for the test server.")
        state.withLock { [thread] in $0.threads.append(thread) }
    }
}

/// Answers in the form that servers send them.
enum Answer {
    static func status(_ status: Int, headers: [String] = [], body: String = "") -> String {
        let lines =
            ["HTTP/1.1 \(status) Whatever", "Content-Length: \(body.utf8.count)"] + headers
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
    }
}

/// Takes requests with a Content-Length off a stream.
private struct RequestReader {
    let socket: Int32
    var bytes: [UInt8] = []

    init(socket: Int32) { self.socket = socket }

    mutating func readMore() -> Bool {
        let chunk = unsafe [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
            count = unsafe max(0, recv(socket, buffer.baseAddress, buffer.count, 0))
        }
        bytes += chunk
        return !chunk.isEmpty
    }

    mutating func next() -> (head: [String], body: [UInt8])? {
        let blankLine = Array("\r\n\r\n".utf8)
        while true {
            if let end = bytes.indices.first(where: { bytes[$0...].starts(with: blankLine) }) {
                let head = String(decoding: bytes[..<end], as: UTF8.self)
                    .split(separator: "\r\n").map(String.init)
                let length =
                    head.compactMap { line -> Int? in
                        guard line.lowercased().hasPrefix("content-length:") else { return nil }
                        return Int(line.dropFirst(15).drop { $0 == " " })
                    }.first ?? 0
                while bytes.count < end + 4 + length { guard readMore() else { return nil } }
                let body = Array(bytes[(end + 4)..<(end + 4 + length)])
                bytes.removeFirst(end + 4 + length)
                return (head, body)
            }
            guard readMore() else { return nil }
        }
    }
}

/// The socket calls that tests make.
enum Sockets {
    struct Failure: Error { let errno: Int32 }

    /// Listens on loopback, on a port that the kernel chooses.
    static func listen(
        backlog: Int32, isOnEveryAddress: Bool = false
    ) throws -> (socket: Int32, port: UInt16) {
        let socket = Glibc.socket(
            AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw Failure(errno: errno) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = isOnEveryAddress ? INADDR_ANY : UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                if unsafe bind(socket, pointer, length) != 0 { return Int32(-1) }
                if Glibc.listen(socket, backlog) != 0 { return -1 }
                return unsafe getsockname(socket, pointer, &length)
            }
        }
        guard code == 0 else { throw Failure(errno: errno) }
        return (socket, UInt16(bigEndian: address.sin_port))
    }

    /// Begins a connection to a port on loopback without waiting for it.
    static func connect(port: UInt16) -> Int32 {
        let socket = Glibc.socket(
            AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0
        )
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        _ = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe Glibc.connect(socket, pointer, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return socket
    }

    static func sendAll(_ socket: Int32, _ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes[sent...].withUnsafeBytes { rest in
                unsafe send(socket, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return false }
            sent += count
        }
        return true
    }
}
