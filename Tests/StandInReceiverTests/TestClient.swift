import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A blocking HTTP/1 client for tests, over one loopback connection.
final class TestClient {
    /// How a connection ended.
    enum End: Equatable {
        case end
        case reset
    }

    private(set) var descriptor: Int32
    private var buffer: [UInt8] = []
    /// Bytes of `buffer` that belong to answers already taken.
    private var taken = 0

    init(port: UInt16) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        precondition(descriptor >= 0, "No sockets are left.")
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        precondition(result == 0, "The sink does not listen.")
        // Turns a test that would hang into one that fails.
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close() }

    func close() {
        guard descriptor >= 0 else { return }
        #if canImport(Glibc)
            _ = Glibc.close(descriptor)
        #else
            _ = Darwin.close(descriptor)
        #endif
        descriptor = -1
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) { Self.send(bytes, to: descriptor) }

    /// Sends to a client's `descriptor`, from any thread.
    static func send(_ bytes: [UInt8], to descriptor: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe Int(write(descriptor, $0.baseAddress, $0.count))
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Sends a request with an optional key and body.
    func post(_ key: String? = nil, path: String = "/hook", headers: String = "") {
        let header = key.map { "webhook-id: \($0)\r\n" } ?? ""
        send(
            "POST \(path) HTTP/1.1\r\nHost: h\r\n\(header)\(headers)Content-Length: 2\r\n\r\n{}")
    }

    /// Ends the sending side.
    func shutdownSending() { _ = shutdown(descriptor, Int32(SHUT_WR)) }

    /// One answer: its status, head and body.
    struct Answer {
        var status: Int
        var head: String
        var body: String
    }

    /// Reads the next answer; nil when the connection ends before one is complete.
    func answer() -> Answer? {
        while true {
            if let answer = takeAnswer() { return answer }
            guard receive() else { return nil }
        }
    }

    func statuses(_ count: Int) -> [Int] { (0..<count).map { _ in answer()?.status ?? 0 } }

    /// Waits for the end of the connection, which must come without further bytes.
    func end() -> End? {
        var byte: UInt8 = 0
        let count = unsafe read(descriptor, &byte, 1)
        if count == 0 { return .end }
        return count < 0 && errno == ECONNRESET ? .reset : nil
    }

    /// Whether nothing has arrived and the connection is open.
    var isSilent: Bool {
        var byte: UInt8 = 0
        let count = unsafe recv(descriptor, &byte, 1, Int32(MSG_DONTWAIT))
        return count < 0 && errno == EAGAIN
    }

    private func receive() -> Bool {
        var piece = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe read(descriptor, &piece, piece.count)
        guard count > 0 else { return false }
        buffer += piece[..<count]
        return true
    }

    private func takeAnswer() -> Answer? {
        var end = taken
        // The first CR of an answer's head that another line end follows.
        while true {
            guard end + 4 <= buffer.count else { return nil }
            if buffer[end] == 13, buffer[end + 2] == 13 { break }
            end += 1
        }
        let head = String(decoding: buffer[taken..<end], as: UTF8.self)
        var length = 0
        for line in head.split(separator: "\r\n") where line.hasPrefix("Content-Length: ") {
            length = Int(line.dropFirst(16)) ?? 0
        }
        guard buffer.count >= end + 4 + length else { return nil }
        let body = String(decoding: buffer[(end + 4)..<(end + 4 + length)], as: UTF8.self)
        taken = end + 4 + length
        if taken == buffer.count {
            buffer.removeAll(keepingCapacity: true)
            taken = 0
        }
        let status = head.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return Answer(status: status, head: head, body: body)
    }
}
