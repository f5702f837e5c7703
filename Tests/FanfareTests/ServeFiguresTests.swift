import Foundation
import Testing

/// What a server says of itself: its log and its metrics.
@Suite(.serialized) struct ServeFiguresTests {
    @Test func metricsAreInTheTextFormatAndNeedNoKey() async throws {
        try await Workbench.use { bench in
            let server = try await bench.serve()
            #expect(try server.get("/healthz").status == 200)
            #expect(try server.get("/v1/app").status == 401)
            let answer = try server.get("/metrics")
            #expect(answer.status == 200)
            #expect(answer.head.lowercased().contains("content-type: text/plain; version=0.0.4"))
            let sample =
                /[a-zA-Z_:][a-zA-Z0-9_:]*(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [-+0-9.e]+/
            for line in answer.body.split(separator: "\n") {
                let isComment = line.hasPrefix("# HELP ") || line.hasPrefix("# TYPE ")
                #expect(isComment || line.wholeMatch(of: sample) != nil, "\(line)")
            }
            for line in [
                #"fanfare_http_requests_total{route="health",status="200"} 1"#,
                #"fanfare_http_requests_total{route="get_app",status="401"} 1"#,
                #"fanfare_http_request_duration_seconds_count{route="health"} 1"#,
                "# TYPE process_resident_memory_bytes gauge",
                "# TYPE fanfare_send_duration_seconds histogram",
                #"fanfare_deliveries_total{reason="none",status="sent"} 0"#,
                #"fanfare_campaigns{status="running"} 0"#,
            ] { #expect(answer.body.contains("\n\(line)\n"), "\(line)") }
            _ = try await server.stop()
        }
    }

    @Test func metricsCanBeSwitchedOff() async throws {
        try await Workbench.use { bench in
            let server = try await bench.serve(["--no-metrics"])
            #expect(try server.get("/metrics").status == 404)
            #expect(!(try server.get("/openapi.json").body.contains("/metrics")))
            _ = try await server.stop()
        }
    }

    @Test func requestsAreLoggedAtDebugWithoutSecretsOrIds() async throws {
        try await Workbench.use { bench in
            let server = try await bench.serve(["--log-level", "trace"])
            let key = try #require(server.key)
            _ = try server.get("/v1/keys/somebody?x=secret-parameter", key: key)
            let log = try await server.stop().errors
            #expect(log.contains("debug fanfare: request"))
            #expect(log.contains("route=get_key"))
            for secret in [key, "somebody", "secret-parameter"] { #expect(!log.contains(secret)) }
            let line = /[-0-9]{10}T[:.0-9]{12}Z [a-z]+ [A-Za-z.-]+: .*/
            for entry in log.split(separator: "\n") {
                #expect(entry.wholeMatch(of: line) != nil, "\(entry)")
            }
        }
    }
}
