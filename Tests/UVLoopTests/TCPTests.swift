import Testing
import UVLoop

@Suite struct TCPTests {
    @Test(arguments: ["127.0.0.1:0", "[::1]:0"])
    func `Bytes go there and back on an ephemeral port`(listen: String) throws {
        let loop = try EventLoop()
        let server = EchoServer()
        let address = try SocketAddress(parsing: listen)
        let listener = try TCPListener(loop, address: address, handler: server)
        #expect(listener.address.port != 0)
        let client = Client()
        client.toSend = Array("hello".utf8)
        _ = try TCPConnection.connect(to: listener.address, on: loop, opened: client.opened)
        client.onBytes = { connection in
            if client.received.count == 5 { connection.close() }
        }
        server.onClosed = { listener.close() }
        loop.run()
        #expect(client.received == Array("hello".utf8))
        #expect(client.isClosed)
        loop.close(remainingHandles: .forbid)
    }

    @Test func `A write larger than the socket takes is queued, drained and arrives whole`() throws
    {
        let loop = try EventLoop()
        defer { loop.close() }
        // A period that is no power of two, so that a piece out of place shows.
        let period = (0..<65_521).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var big: [UInt8] = []
        for _ in 0..<320 { big.append(contentsOf: period) }
        let server = EchoServer()
        server.onAccepted = { connection in
            // In pieces, so that writes come while one is under way.
            var rest = big[...]
            while !rest.isEmpty {
                let piece = rest.prefix(5_000_000)
                rest = rest.dropFirst(piece.count)
                #expect(throws: Never.self) { try connection.write(piece.span) }
            }
            #expect(connection.queuedByteCount > 0)
            #expect(throws: Never.self) { try connection.shutdown() }
        }
        let listener = try TCPListener(loop, address: .loopback(), handler: server)
        let client = Client()
        client.received.reserveCapacity(big.count)
        client.onEnd = { $0.close() }
        _ = try TCPConnection.connect(to: listener.address, on: loop, opened: client.opened)
        server.onClosed = { listener.close() }
        loop.run()
        #expect(areEqual(client.received, big))
        #expect(server.drained == 1)
    }

    @Test func `A write beyond the queue's limit takes nothing`() throws {
        let loop = try EventLoop()
        defer { loop.close() }
        let server = EchoServer()
        let chunk = [UInt8](repeating: 7, count: 16 << 20)
        server.onAccepted = { connection in
            var failure: LoopError?
            for _ in 0..<8 where failure == nil {
                do throws(LoopError) { try connection.write(chunk.span) } catch { failure = error }
            }
            #expect(failure == LoopError(.noBufferSpace, in: .write))
            #expect(connection.queuedByteCount <= LoopLimits.writeQueueBytesMax)
            connection.close()
        }
        let listener = try TCPListener(loop, address: .loopback(), handler: server)
        let client = Client()
        client.reads = false
        let connection = try TCPConnection.connect(
            to: listener.address, on: loop, opened: client.opened)
        server.onClosed = {
            listener.close()
            connection.close()
        }
        loop.run()
    }

    @Test func `A reset is seen as a reset, not as an end`() throws {
        let loop = try EventLoop()
        defer { loop.close() }
        let server = EchoServer()
        server.onReceived = { connection in
            connection.reset()
            #expect(connection.isClosing)
        }
        let listener = try TCPListener(loop, address: .loopback(), handler: server)
        let client = Client()
        client.toSend = [1]
        _ = try TCPConnection.connect(to: listener.address, on: loop, opened: client.opened)
        client.onClosed = { listener.close() }
        loop.run()
        #expect(client.errors == [LoopError(.connectionReset, in: .read)])
        #expect(!client.sawEnd)
    }

    @Test func `Writing to a connection that the peer has reset is an error, not a signal`() throws
    {
        let loop = try EventLoop()
        defer { loop.close() }
        let server = EchoServer()
        var failure: LoopError?
        server.onAccepted = { connection in
            connection.stopReading()
            LoopTimer(loop) { timer in
                for _ in 0..<2 where failure == nil {
                    do throws(LoopError) { try connection.write([1].span) } catch {
                        failure = error
                    }
                }
                if failure != nil {
                    timer.close()
                    connection.close()
                }
            }.start(afterMilliseconds: 0, repeating: 1)
        }
        let listener = try TCPListener(loop, address: .loopback(), handler: server)
        let client = Client()
        client.onOpen = { $0.reset() }
        _ = try TCPConnection.connect(to: listener.address, on: loop, opened: client.opened)
        server.onClosed = { listener.close() }
        loop.run()
        #expect(failure?.code == .connectionReset || failure?.code == .brokenPipe)
    }

    @Test func `A refused connection reports its error and closes itself`() throws {
        let loop = try EventLoop()
        let listener = try TCPListener(loop, address: .loopback(), handler: EchoServer())
        let address = listener.address
        listener.close()
        loop.run()
        var error: LoopError?
        let connection = try TCPConnection.connect(to: address, on: loop) { error = $1 }
        loop.run()
        #expect(error == LoopError(.connectionRefused, in: .tcpConnect))
        #expect(connection.isClosed)
        loop.close(remainingHandles: .forbid)
    }

    @Test func `A port that is taken is refused and leaves nothing open`() throws {
        let loop = try EventLoop()
        let listener = try TCPListener(loop, address: .loopback(), handler: EchoServer())
        #expect {
            _ = try TCPListener(loop, address: listener.address, handler: EchoServer())
        } throws: { error in
            (error as? LoopError)?.code == .addressInUse
        }
        listener.close()
        loop.run()
        loop.close(remainingHandles: .forbid)
    }

    @Test func `A loop closes with live connections and queued writes on it`() throws {
        let loop = try EventLoop()
        let server = EchoServer()
        server.onAccepted = { connection in
            let chunk = [UInt8](repeating: 7, count: 16 << 20)
            #expect(throws: Never.self) { try connection.write(chunk.span) }
            loop.stop()
        }
        let listener = try TCPListener(loop, address: .loopback(), handler: server)
        let client = Client()
        client.reads = false
        _ = try TCPConnection.connect(to: listener.address, on: loop, opened: client.opened)
        loop.run()
        #expect(loop.handleCount == 3)
        loop.close()
        #expect(server.closed == 1)
        #expect(loop.handleCount == 0)
    }

    @Test func `Addresses are read as they are written`() throws {
        #expect(try SocketAddress(parsing: "127.0.0.1:80") == SocketAddress.loopback(port: 80))
        #expect(try SocketAddress(parsing: "[::1]:65535").description == "[::1]:65535")
        for text in [
            "", "127.0.0.1", "127.0.0.1:", "localhost:80", "::1:80", "[127.0.0.1]:80",
            "1.2.3.4:65536",
            "1.2.3.4:+1", "[::1]", "1.2.3.4.5:1", ":80",
        ] {
            #expect(throws: LoopError(.invalidArgument, in: .ipAddress), "\(text)") {
                _ = try SocketAddress(parsing: text)
            }
        }
    }
}

/// Sends back what it gets, unless told otherwise.
private final class EchoServer: TCPListenerHandler, TCPConnectionHandler {
    private let buffer = ReadBuffer()
    var onAccepted: ((TCPConnection) -> Void)?
    var onReceived: ((TCPConnection) -> Void)?
    var onClosed: (() -> Void)?
    var drained = 0
    var closed = 0

    func listenerAccepted(_ connection: TCPConnection, on listener: TCPListener) {
        #expect(throws: Never.self) { try connection.startReading(into: buffer, handler: self) }
        onAccepted?(connection)
    }

    func listenerFailed(_ listener: TCPListener, error: LoopError) { Issue.record(error) }

    func connectionReceived(_ bytes: Span<UInt8>, on connection: TCPConnection) {
        if let onReceived { return onReceived(connection) }
        do throws(LoopError) { try connection.write(bytes) } catch { Issue.record(error) }
    }

    func connectionEnded(_ connection: TCPConnection) { connection.close() }
    func connectionFailed(_ connection: TCPConnection, error: LoopError) {}
    func connectionDrained(_ connection: TCPConnection) { drained += 1 }

    func connectionClosed(_ connection: TCPConnection) {
        closed += 1
        onClosed?()
    }
}

private final class Client: TCPConnectionHandler {
    private let buffer = ReadBuffer(byteCount: 256 << 10)
    var toSend: [UInt8] = []
    var reads = true
    var received: [UInt8] = []
    var errors: [LoopError] = []
    var sawEnd = false
    var isClosed = false
    var onOpen: ((TCPConnection) -> Void)?
    var onBytes: ((TCPConnection) -> Void)?
    var onEnd: ((TCPConnection) -> Void)?
    var onClosed: (() -> Void)?

    func opened(_ connection: TCPConnection, _ error: LoopError?) {
        #expect(error == nil)
        do throws(LoopError) {
            if reads { try connection.startReading(into: buffer, handler: self) }
            if !toSend.isEmpty { try connection.write(toSend.span) }
        } catch {
            Issue.record(error)
        }
        onOpen?(connection)
    }

    func connectionReceived(_ bytes: Span<UInt8>, on connection: TCPConnection) {
        unsafe bytes.withUnsafeBufferPointer { unsafe received.append(contentsOf: $0) }
        onBytes?(connection)
    }

    func connectionEnded(_ connection: TCPConnection) {
        sawEnd = true
        onEnd?(connection)
    }

    func connectionFailed(_ connection: TCPConnection, error: LoopError) { errors.append(error) }

    func connectionClosed(_ connection: TCPConnection) {
        isClosed = true
        onClosed?()
        // They may capture this object.
        (onOpen, onBytes, onEnd, onClosed) = (nil, nil, nil, nil)
    }
}
