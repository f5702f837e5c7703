import Foundation
import Glibc

/// The socket calls that tests make, on the IPv4 loopback.
enum Loopback {
    struct Failure: Error { let operation: String, code: Int32 }

    /// Seconds that a test waits for an answer.
    private static let answerSeconds = 30

    /// Listens on a port that the kernel chooses.
    static func listen() throws -> (socket: Int32, port: UInt16) {
        let socket = try open()
        do {
            try unsafe withAddress(port: 0) { unsafe bind(socket, $0, $1) }
            guard Glibc.listen(socket, 128) == 0 else { throw Failure.now("listen") }
            return (socket, try port(of: socket))
        } catch {
            close(socket)
            throw error
        }
    }

    /// The body that a GET answers with.
    static func get(_ path: String, port: UInt16) throws -> String {
        let socket = try connect(port: port)
        defer { close(socket) }
        let request = "GET \(path) HTTP/1.1\r\nHost: sink\r\nConnection: close\r\n\r\n"
        guard sendAll(Array(request.utf8), to: socket) else { throw Failure.now("send") }
        var answer: [UInt8] = []
        while let chunk = receive(from: socket), !chunk.isEmpty { answer += chunk }
        let text = String(decoding: answer, as: UTF8.self)
        guard text.hasPrefix("HTTP/1.1 200"), let head = text.range(of: "\r\n\r\n") else {
            throw Failure(operation: "GET \(path): \(text.prefix(80))", code: errno)
        }
        return String(text[head.upperBound...])
    }

    /// A connection that waits for an answer no longer than tests do.
    static func connect(port: UInt16) throws -> Int32 {
        let socket = try open()
        var limit = timeval(tv_sec: answerSeconds, tv_usec: 0)
        unsafe setsockopt(
            socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        do {
            try unsafe withAddress(port: port) { unsafe Glibc.connect(socket, $0, $1) }
        } catch {
            close(socket)
            throw error
        }
        return socket
    }

    /// Sends everything; `false` when the peer is gone.
    static func sendAll(_ bytes: [UInt8], to socket: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes[sent...].withUnsafeBytes { rest in
                unsafe Glibc.send(socket, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return false }
            sent += count
        }
        return true
    }

    /// What has come: empty at the end of the connection, `nil` when it failed.
    static func receive(from socket: Int32) -> [UInt8]? {
        var count = 0
        let chunk = unsafe [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, initialized in
            count = unsafe recv(socket, buffer.baseAddress, buffer.count, 0)
            initialized = max(0, count)
        }
        return count < 0 ? nil : chunk
    }

    private static func open() throws -> Int32 {
        let socket = Glibc.socket(
            AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw Failure.now("socket") }
        return socket
    }

    private static func withAddress(
        port: UInt16, _ call: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let code = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe call(pointer, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { throw Failure.now("bind or connect to port \(port)") }
    }

    private static func port(of socket: Int32) throws -> UInt16 {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe getsockname(socket, pointer, &length)
            }
        }
        guard code == 0 else { throw Failure.now("getsockname") }
        return UInt16(bigEndian: address.sin_port)
    }
}

extension Loopback.Failure {
    static func now(_ operation: String) -> Loopback.Failure {
        Loopback.Failure(operation: operation, code: errno)
    }
}
