import Engine
import Glibc
import Testing
import UVLoop

@testable import CurlTransport

@Suite struct ConnectionTests {
    /// A server that answers a connection's first request and closes upon the second one: what a
    /// client sees when a server ends an idle connection just as the client uses it.
    private func staleServer() throws -> ScriptedServer {
        try ScriptedServer { request in
            request.connection == 0 && request.number == 1 ? [.close] : [.send(Answer.status(200))]
        }
    }

    @Test("Where a resend is forbidden, a request that met a dying connection is not sent again")
    func forbidsResend() throws {
        let server = try staleServer()
        try withTransport(server) { harness in
            let target = try harness.target(server.url, forbidsResend: true)
            #expect(try harness.send(target, body: "first").status == 200)
            let result = try harness.send(target, body: "second")
            #expect(result.failure == .connectionLost)
            #expect(result.status == 0)
            #expect(result.requestLeft)
            #expect(result.wireAttempts == 1)
            #expect(server.requests.filter { $0.body == "second" }.count == 1)
            // The handle and the transport work on.
            #expect(try harness.send(target, body: "third").status == 200)
            #expect(server.requests.last?.body == "third")
        }
    }

    @Test("Where a resend is allowed it is counted", arguments: [false, true])
    func countsResend(_ hasOwnURL: Bool) throws {
        let server = try staleServer()
        try withTransport(server) { harness in
            let target = try harness.target(hasOwnURL ? nil : server.url)
            let url = hasOwnURL ? server.url : nil
            #expect(try harness.send(target, url: url, body: "first").status == 200)
            let result = try harness.send(target, url: url, body: "second")
            #expect(result.status == 200)
            #expect(result.wireAttempts == 2)
            #expect(server.requests.filter { $0.body == "second" }.count == 2)
            let third = try harness.send(target, url: url, body: "third")
            #expect(third.status == 200)
            #expect(third.wireAttempts == 1)
        }
    }

    @Test("A connection that was closed while idle is replaced before the request goes out")
    func closedWhileIdle() throws {
        let server = try ScriptedServer { request in
            request.connection == 0
                ? [.send(Answer.status(200)), .close] : [.send(Answer.status(200))]
        }
        try withTransport(server) { harness in
            let target = try harness.target(server.url, forbidsResend: true)
            #expect(try harness.send(target).status == 200)
            let core = unsafe harness.transport.core
            // The end of the connection arrives, nobody waits for it, and its watcher stops.
            harness.run { unsafe armedCount(core) == 0 }
            let result = try harness.send(target)
            #expect(result.status == 200)
            #expect(result.wireAttempts == 1)
            #expect(server.connectionCount == 2)
        }
    }

    @Test("A kept connection's watcher stays armed, and goes with the connection")
    func watcherStays() throws {
        let server = try ScriptedServer()
        try withTransport(server) { harness in
            let target = try harness.target(server.url)
            for _ in 0..<5 {
                #expect(try harness.send(target).status == 200)
                #expect(unsafe armedCount(harness.transport.core) == 1)
            }
            harness.transport.close()
            #expect(unsafe armedCount(harness.transport.core) == 0)
        }
    }

    @Test(
        "A target that may not dial private networks is refused by address",
        arguments: [
            "127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "0",
        ])
    func addressRefused(_ host: String) throws {
        let server = try ScriptedServer()
        try withTransport(server) { harness in
            let url = "http://\(host):\(server.port)/"
            let target = try harness.target(url, allowsPrivateNetworks: false)
            let result = try harness.send(target)
            #expect(result.failure == .addressRefused)
            #expect(!result.requestLeft)
            #expect(server.connectionCount == 0)
        }
    }

    @Test("A connection of a target that may dial private networks is not used by one that may not")
    func policiesAreApart() throws {
        let server = try ScriptedServer()
        try withTransport(server) { harness in
            let trusted = try harness.target(server.url)
            #expect(try harness.send(trusted).status == 200)
            let target = try harness.target(server.url, allowsPrivateNetworks: false)
            #expect(try harness.send(target).failure == .addressRefused)
            #expect(try harness.send(trusted).status == 200)
            #expect(server.requests.count == 2)
            #expect(server.connectionCount == 1)
        }
    }

    @Test("Few flights to a host stay on its home lane; many spread over all lanes")
    func lanes() throws {
        let server = try ScriptedServer { _ in [.hang] }
        try withTransport(server, flightsMax: 256) { harness in
            let transport = harness.transport
            #expect(transport.lanesPerPolicy == 4)
            let target = try harness.target(server.url)
            func counts() -> [Int] {
                (4..<8).map { unsafe Int(transport.lanes[$0].added) }.sorted()
            }
            for flight in 0..<64 { harness.start(UInt32(flight), target) }
            #expect(counts() == [0, 0, 0, 64])
            for flight in 64..<124 { harness.start(UInt32(flight), target) }
            #expect(counts() == [20, 20, 20, 64])
            for flight in 124..<256 { harness.start(UInt32(flight), target) }
            #expect(counts() == [64, 64, 64, 64])
            transport.cancelAll()
            #expect(harness.takeAll().count == 256)
            #expect(counts() == [0, 0, 0, 0])
        }
    }

    @Test(
        "No lane ever has more flights than the limit", arguments: [1, 64, 65, 1_000, 2_048, 8_192])
    func laneSizes(_ flightsMax: Int) {
        let options = CurlTransportOptions(flightsMax: flightsMax)
        let share = (flightsMax + options.lanesPerPolicy - 1) / options.lanesPerPolicy
        #expect(share <= CurlTransportLimits.flightsPerLaneMax)
        #expect(options.lanesPerPolicy * 2 <= CurlTransportLimits.lanesMax)
        #expect(options.connectionsPerLaneMax >= 2 * share)
        #expect(options.connectionsMax >= 4 * flightsMax)
    }

    @Test("Cancelled flights end once, and say whether their request had left")
    func cancelAll() throws {
        let server = try ScriptedServer { request in
            request.body == "answer" ? [.send(Answer.status(200))] : [.hang]
        }
        try withTransport(server) { harness in
            let target = try harness.target(server.url)
            harness.start(0, target, body: "hang")
            harness.run { server.requests.count == 1 }
            harness.start(1, target, body: "never begun")
            harness.transport.cancelAll()
            #expect(harness.transport.hasActivity)
            let results = harness.takeAll().sorted { $0.flight.rawValue < $1.flight.rawValue }
            #expect(results.map(\.failure) == [.connectionLost, .connectionLost])
            #expect(results.map(\.requestLeft) == [true, false])
            #expect(harness.transport.nextCompletion() == nil)
            #expect(try harness.send(target, body: "answer").status == 200)
        }
    }

    @Test("Closing ends flights, connections and handles")
    func closeWithFlights() throws {
        let server = try ScriptedServer { _ in [.hang] }
        try withTransport(server) { harness in
            let target = try harness.target(server.url)
            for flight in 0..<8 { harness.start(UInt32(flight), target) }
            harness.run { server.requests.count == 8 }
            harness.transport.release(target)
            harness.transport.close()
            #expect(harness.takeAll().count == 8)
            #expect(harness.transport.flightCount == 0)
            #expect(!harness.transport.hasActivity)
        }
    }

    @Test("Many short connections leave nothing behind")
    func shortConnections() throws {
        let server = try ScriptedServer { _ in
            [.send(Answer.status(200, headers: ["Connection: close"])), .close]
        }
        try withTransport(server, flightsMax: 8) { harness in
            let target = try harness.target(server.url)
            for flight in 0..<8 { harness.start(UInt32(flight), target) }
            var ended = 0
            while ended < 200 {
                for result in harness.results(1) {
                    #expect(result.status == 200)
                    ended += 1
                    if ended <= 192 { harness.start(result.flight.rawValue, target) }
                }
            }
            #expect(server.connectionCount == 200)
            #expect(unsafe armedCount(harness.transport.core) == 0)
        }
    }

    @Test("Connects that hang cost the other hosts nothing, when descriptors are used again")
    func hangingConnects() throws {
        let server = try ScriptedServer(isOnEveryAddress: true) { _ in
            [.send(Answer.status(200, headers: ["Connection: close"])), .close]
        }
        let silent = try ScriptedServer(backlog: 0, accepts: false, script: { _ in [] })
        defer { silent.stop() }
        // The kernel completes as many connections as the backlog holds, and drops what comes then.
        let fillers = (0..<4).map { _ in Sockets.connect(port: silent.port) }
        defer { for socket in fillers { Glibc.close(socket) } }
        usleep(50_000)
        try withTransport(server) { harness in
            let target = try harness.target(
                nil, timeoutMilliseconds: 3_000, connectTimeoutMilliseconds: 100)
            let count = 600
            var started = 0
            var hanging: Set<UInt32> = []
            // Few, so that connects time out while others begin.
            let places = 8
            var free = Array(UInt32(0)..<UInt32(places))
            var failures: [TransferResult] = []
            var hung = 0
            while started < count || free.count < places {
                while started < count, let flight = free.popLast() {
                    let isHanging = started % 20 == 0
                    if isHanging { hanging.insert(flight) }
                    let url =
                        isHanging
                        ? "http://127.0.0.1:\(silent.port)/"
                        : "http://127.0.\(1 + started / 200).\(1 + started % 200):\(server.port)/"
                    harness.start(flight, target, url: url)
                    started += 1
                }
                for result in harness.results(1) {
                    let flight = result.flight.rawValue
                    free.append(flight)
                    if hanging.remove(flight) != nil {
                        hung += result.failure == .timedOut && !result.requestLeft ? 1 : 0
                    } else if result.status != 200 {
                        failures.append(result)
                    }
                }
            }
            #expect(failures.isEmpty)
            #expect(hung == count / 20)
            #expect(unsafe harness.transport.core.pointee.watchersRefused == 0)
        }
    }

    @Test("A socket whose events are lost is asked whether it is ready")
    func lostEvents() throws {
        let server = try ScriptedServer { _ in
            [.wait(milliseconds: 700), .send(Answer.status(200))]
        }
        try withTransport(server) { harness in
            let target = try harness.target(server.url)
            harness.start(0, target)
            let core = unsafe harness.transport.core
            harness.run { server.requests.count == 1 }
            for socket in Self.descriptors {
                unsafe core.pointee.sockets.entry(socket).pointee.poll?.stop()
            }
            let result = try #require(harness.results(1).first)
            #expect(result.status == 200)
        }
    }

    /// More than the tests of a process have open at once.
    private static let descriptors = Int32(0)..<8_192

    /// Descriptors that the loop waits for.
    private func armedCount(_ core: UnsafeMutablePointer<TransportCore>) -> Int {
        Self.descriptors.count { unsafe core.pointee.sockets.entry($0).pointee.armed != 0 }
    }
}
