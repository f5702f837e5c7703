import Foundation
import Glibc
import Testing

/// The life of `fanfare serve`, from its first start to its end.
@Suite(.serialized) struct ServeTests {
    @Test func theFirstStartPrintsAKeyThatWorksAndTheSecondStartNone() async throws {
        try await Workbench.use { bench in
            let first = try await bench.serve()
            let key = try #require(first.key)
            #expect(first.greeting.contains { $0.hasSuffix("export FANFARE_KEY=\(key)") })
            #expect(try first.get("/v1/app", key: key).status == 200)
            #expect(try await first.stop().how == .exit(0))
            let second = try await bench.serve()
            #expect(second.greeting.isEmpty)
            #expect(try second.get("/v1/app", key: key).status == 200)
            _ = try await second.stop()
        }
    }

    @Test func aRequestOnTheWireIsAnsweredBeforeTheServerEndsOnSIGTERM() async throws {
        try await Workbench.use { bench in
            let server = try await bench.serve()
            let key = try #require(server.key)
            let body = #"{"name":"ci","permissions":["view_campaigns"]}"#
            let connection = try HTTPConnection(port: server.port)
            try connection.begin(
                """
                POST /v1/keys HTTP/1.1\r
                Host: x\r
                Authorization: Bearer \(key)\r
                Content-Type: application/json\r
                Content-Length: \(body.utf8.count)\r
                \r
                {"name":
                """)
            server.program.send(signal: SIGTERM)
            try await Deadline.wait(for: "the shutdown to begin") {
                (try? server.get("/healthz")) == nil
            }
            try connection.send(String(body.dropFirst(8)))
            #expect(try connection.answer().status == 201)
            try await bench.end(server.program, exits: 0)
            // What it wrote is there.
            let next = try await bench.serve()
            #expect(try next.get("/v1/keys", key: key).body.contains(#""name":"ci""#))
            _ = try await next.stop()
        }
    }

    @Test func aRequestThatDoesNotEndDoesNotHoldTheServer() async throws {
        try await Workbench.use { bench in
            let server = try await bench.serve(["--shutdown-timeout", "9s"])
            let connection = try HTTPConnection(port: server.port)
            try connection.begin(
                "POST /v1/keys HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(server.key ?? "")\r\n"
                    + "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
            let ending = try await server.stop()
            #expect(ending.how == .exit(0), "\(ending.errors)")
            #expect(ending.errors.contains("cut off"))
        }
    }

    @Test func theServerIsNotReadyDuringTheDelayOfAShutdownAndASecondSignalEndsItAtOnce()
        async throws
    {
        try await Workbench.use { bench in
            let server = try await bench.serve(
                ["--shutdown-delay", "9m", "--shutdown-timeout", "10m"])
            #expect(try server.get("/readyz").status == 200)
            server.program.send(signal: SIGINT)
            try await Deadline.wait(for: "the server not to be ready") {
                try server.get("/readyz").status == 503
            }
            let answer = try server.get("/readyz")
            #expect(answer.body.contains(#""code":"shutting_down""#))
            #expect(answer.head.lowercased().contains("retry-after"))
            server.program.send(signal: SIGTERM)
            try await bench.end(server.program, exits: 1, within: Deadline.atOnce)
        }
    }

    @Test func afterAKillItStartsAgainWithWhatWasThere() async throws {
        try await Workbench.use { bench in
            let server = try await bench.serve()
            let key = try #require(server.key)
            try await server.program.kill9()
            let again = try await bench.serve()
            #expect(again.key == nil)
            #expect(try again.get("/v1/app", key: key).status == 200)
            #expect(try await again.stop().how == .exit(0))
        }
    }

    @Test func aSecondServerOnTheSameDataIsRefusedAndNamesTheFirst() async throws {
        try await Workbench.use { bench in
            let server = try await bench.serve()
            let second = try await bench.run(
                ["serve", "--data", bench.path("data"), "--listen", "127.0.0.1:0"], exits: 2)
            #expect(second.errors.contains("process \(server.program.id) serves it"))
            #expect(second.output.isEmpty)
            _ = try await server.stop()
        }
    }

    @Test func anAddressThatIsTakenIsNamed() async throws {
        try await Workbench.use { bench in
            let server = try await bench.serve()
            let second = try await bench.run(
                [
                    "serve", "--data", bench.path("other"), "--listen", "127.0.0.1:\(server.port)",
                ], exits: 2)
            #expect(
                second.errors
                    == "error: --listen: cannot listen on 127.0.0.1:\(server.port): "
                    + "Address already in use\n")
            // No key is shown that nobody could use.
            #expect(second.output.isEmpty)
            _ = try await server.stop()
        }
    }

    @Test func whatItKeepsIsForItsOwnerOnly() async throws {
        try await Workbench.use { bench in
            let server = try await bench.serve()
            _ = try await server.stop()
            let files = try FileManager.default.contentsOfDirectory(atPath: bench.path("data"))
            #expect(Set(files).isSuperset(of: ["control.sqlite", "lock"]))
            for file in files.map({ "data/\($0)" }) + ["data"] {
                let attributes = try FileManager.default.attributesOfItem(
                    atPath: bench.path(file))
                let mode = try #require(attributes[.posixPermissions] as? Int)
                #expect(mode & 0o077 == 0, "\(file)")
            }
        }
    }
}
