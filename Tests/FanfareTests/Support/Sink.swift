import Foundation
import Glibc

/// A running `fanfare sink`.
struct Sink: Sendable {
    /// What a sink counted.
    struct Figures: Decodable, Equatable {
        var requests: Int
        var requestsWithoutKey: Int
        var distinctKeys: Int
        var duplicates: Int
        var accepted: Int
        var statuses: [String: Int]
        var stalls: Int
    }

    let program: Program
    let port: UInt16

    var url: String { "http://127.0.0.1:\(port)/hook" }

    /// Waits until a sink listens.
    init(_ program: Program) async throws {
        let prefix = "listening on 127.0.0.1:"
        func line() -> Substring? {
            program.errors.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
                .first { $0.hasPrefix(prefix) }
        }
        try await Deadline.wait(for: "a sink to listen", details: { program.errors }) {
            if !program.isRunning { throw Deadline.Passed(description: program.errors) }
            return line() != nil
        }
        guard let text = line(), let port = UInt16(text.dropFirst(prefix.count)) else {
            throw Deadline.Passed(description: "a sink said \(program.errors)")
        }
        self.program = program
        self.port = port
    }

    func figures() throws -> Figures {
        let body = try Loopback.get("/_sink/stats", port: port)
        return try Report.decoder.decode(Figures.self, from: Data(body.utf8))
    }

    /// Waits until so many requests have come.
    func waitForRequests(_ count: Int) async throws {
        try await Deadline.wait(
            for: "\(count) requests", details: { "\((try? figures().requests) ?? -1) came" },
            until: { try figures().requests >= count })
    }

    /// Ends it, so that another one can listen on its port.
    ///
    /// - Returns: What it counted to the last.
    func stop() async throws -> Figures {
        program.send(signal: SIGINT)
        let output = try await program.end().output
        return try Report.decoder.decode(Figures.self, from: Data(output.utf8))
    }
}
