import ArgumentParser
import Foundation
import JSON

/// What a server answered with a status of success.
struct ServerReply: Sendable {
    let status: Int
    let body: Data

    /// The body as it came.
    var text: String { String(decoding: body, as: UTF8.self) }

    /// The body as JSON.
    ///
    /// - Throws: `ServerFailure` when it is none: then no Fanfare answered.
    func json() throws -> JSONValue {
        do {
            return try JSONValue(parsing: Array(body))
        } catch {
            throw ServerFailure(.server, "the server's answer is \(error)")
        }
    }
}

/// Why a request had no success, as a sentence.
struct ServerFailure: Error {
    enum Kind {
        /// No answer: the network, or no server.
        case network
        /// The server failed.
        case server
        /// The server understood the request and refused it.
        case refusal
    }

    let kind: Kind
    let message: String

    init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// Reads an answer whose status is no success.
    init(status: Int, body: Data) {
        let kind: Kind = (400..<500).contains(status) ? .refusal : .server
        guard let problem = try? JSONValue(parsing: Array(body)),
            let title = problem["title"]?.string, let code = problem["code"]?.string
        else {
            self.init(kind, "the server answered with status \(status) and no explanation")
            return
        }
        let mistakes = (problem["errors"]?.array ?? []).compactMap { mistake -> String? in
            guard let path = mistake["path"]?.string, let message = mistake["message"]?.string
            else { return nil }
            return path.isEmpty ? message : "\(path): \(message)"
        }
        // The detail of a wrong input only lists the fields.
        let reasons = mistakes.isEmpty ? [problem["detail"]?.string ?? ""] : mistakes
        var text = "\(title) (\(code)): \(reasons.joined(separator: "; "))"
        let allowed = (problem["allowed_actions"]?.array ?? []).compactMap(\.string)
        if !allowed.isEmpty { text += "; it allows \(allowed.joined(separator: ", "))" }
        self.init(kind, Terminal.harmless(text))
    }
}

extension CommandFailure {
    init(_ failure: ServerFailure) {
        switch failure.kind {
        case .network, .server: self = .other(failure.message)
        case .refusal:
            self.init(message: failure.message, exitCode: CommandFailure.refused)
        }
    }
}
