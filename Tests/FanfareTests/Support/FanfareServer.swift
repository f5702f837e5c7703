import Foundation
import Glibc

/// A running `fanfare serve` on a port of its own.
struct FanfareServer: Sendable {
    let program: Program
    let port: UInt16
    /// What it printed before it listened.
    let greeting: [String]

    var url: String { "http://127.0.0.1:\(port)" }

    /// The admin key, which the first start prints.
    var key: String? { greeting.first { $0.hasPrefix("ff_") } }

    /// Waits until a server listens.
    init(_ program: Program) async throws {
        let prefix = "listening on http://"
        func lines() -> [String] {
            // The last line may not be complete.
            program.output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
                .map(String.init)
        }
        try await Deadline.wait(for: "a server to listen", details: { program.errors }) {
            if !program.isRunning { throw Deadline.Passed(description: program.errors) }
            return lines().contains { $0.hasPrefix(prefix) }
        }
        let all = lines()
        guard let index = all.firstIndex(where: { $0.hasPrefix(prefix) }),
            let colon = all[index].lastIndex(of: ":"),
            let port = UInt16(all[index][all[index].index(after: colon)...])
        else { throw Deadline.Passed(description: "a server said \(program.output)") }
        self.program = program
        self.port = port
        greeting = Array(all[..<index])
    }

    /// What a request over a connection of its own is answered: status line, headers, body.
    func get(_ path: String, key: String? = nil) throws -> HTTPAnswer {
        let connection = try HTTPConnection(port: port)
        try connection.send(
            "GET \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                + (key.map { "Authorization: Bearer \($0)\r\n" } ?? "") + "\r\n")
        return try connection.answer()
    }

    /// What a request with a JSON body is answered.
    func post(_ path: String, _ body: String = "{}", key: String) throws -> HTTPAnswer {
        let connection = try HTTPConnection(port: port)
        try connection.send(
            "POST \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                + "Authorization: Bearer \(key)\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
        return try connection.answer()
    }

    /// Ends it by SIGTERM.
    func stop() async throws -> Ending {
        program.send(signal: SIGTERM)
        return try await program.end()
    }
}

extension Workbench {
    /// Starts a server on the bench's folder `data`, and waits until it listens.
    func serve(
        _ options: [String] = [], environment: [String: String] = [:]
    ) async throws -> FanfareServer {
        let program = try start(
            ["serve", "--data", path("data"), "--listen", "127.0.0.1:0"] + options,
            environment: environment)
        return try await FanfareServer(program)
    }
}

/// What came back on a connection.
struct HTTPAnswer: Sendable {
    let head: String
    let body: String

    var status: Int { Int(head.split(separator: " ").dropFirst().first ?? "") ?? 0 }
}

/// A connection on which a test writes requests piece by piece.
final class HTTPConnection {
    private let socket: Int32
    /// What came after the last answer.
    private var rest: [UInt8] = []

    init(port: UInt16) throws { socket = try Loopback.connect(port: port) }

    deinit { close(socket) }

    func send(_ text: String) throws {
        guard Loopback.sendAll(Array(text.utf8), to: socket) else {
            throw Loopback.Failure.now("send")
        }
    }

    /// Sends the beginning of a request, and returns when the server has read it for sure: a whole
    /// request that goes before it in the same bytes was answered.
    func begin(_ text: String) throws {
        try send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" + text)
        guard try answer().status == 200 else { throw Loopback.Failure.now("GET /healthz") }
    }

    /// Reads one answer, whose length is in its head.
    func answer() throws -> HTTPAnswer {
        while true {
            if let answer = take() { return answer }
            guard let chunk = Loopback.receive(from: socket), !chunk.isEmpty else {
                let text = String(decoding: rest, as: UTF8.self)
                throw Loopback.Failure(operation: "an answer: “\(text)”", code: errno)
            }
            rest += chunk
        }
    }

    private func take() -> HTTPAnswer? {
        let data = Data(rest)
        guard let blank = data.range(of: Data("\r\n\r\n".utf8)) else { return nil }
        let head = String(decoding: data[..<blank.lowerBound], as: UTF8.self)
        let length = head.split(separator: "\r\n").compactMap { line -> Int? in
            let parts = line.split(separator: ":")
            guard parts.count == 2, parts[0].lowercased() == "content-length" else { return nil }
            return Int(parts[1].trimmingCharacters(in: .whitespaces))
        }.first
        let end = blank.upperBound + (length ?? 0)
        guard rest.count >= end else { return nil }
        rest.removeFirst(end)
        return HTTPAnswer(
            head: head, body: String(decoding: data[blank.upperBound..<end], as: UTF8.self))
    }
}
