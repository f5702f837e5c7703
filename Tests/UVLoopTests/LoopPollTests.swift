import Testing
import UVLoop

@Suite struct LoopPollTests {
    @Test func `A readable descriptor is reported until it has been read`() throws {
        let loop = try EventLoop()
        defer { loop.close() }
        let pair = SocketPair()
        defer { SocketPair.close(pair.first) }
        let log = PollLog()
        let poll = try LoopPoll(loop, descriptor: pair.first, handler: log)
        try poll.start(.readable)
        loop.run(.nowait)
        #expect(log.events == [])
        SocketPair.send(pair.second, [1])
        loop.run(.nowait)
        loop.run(.nowait)
        #expect(log.events == [.readable, .readable])
        #expect(SocketPair.receive(pair.first) == 1)
        loop.run(.nowait)
        #expect(log.events.count == 2)
        poll.close()
        SocketPair.close(pair.second)
    }

    @Test func `The wanted set can change, and an empty one stops`() throws {
        let loop = try EventLoop()
        defer { loop.close() }
        let pair = SocketPair()
        defer {
            SocketPair.close(pair.first)
            SocketPair.close(pair.second)
        }
        let log = PollLog()
        let poll = try LoopPoll(loop, descriptor: pair.first, handler: log)
        SocketPair.send(pair.second, [1])
        try poll.start(.writable)
        try poll.start(.writable)
        loop.run(.nowait)
        try poll.start([.readable, .writable])
        loop.run(.nowait)
        #expect(log.events == [.writable, [.readable, .writable]])
        try poll.start([])
        #expect(poll.wanted.isEmpty)
        #expect(!poll.isActive)
        loop.run(.nowait)
        #expect(log.events.count == 2)
    }

    @Test func `A descriptor may be closed right after its poll and the number used again`() throws
    {
        let loop = try EventLoop()
        defer { loop.close() }
        let log = PollLog()
        for _ in 0..<3 {
            let pair = SocketPair()
            let poll = try LoopPoll(loop, descriptor: pair.first, handler: log)
            try poll.start([.readable, .writable])
            SocketPair.send(pair.second, [1])
            poll.close()
            SocketPair.close(pair.first)
            SocketPair.close(pair.second)
        }
        loop.run()
        #expect(log.events == [])
        #expect(log.errors == [])
    }

    @Test func `The second watcher of a descriptor is refused`() throws {
        let loop = try EventLoop()
        defer { loop.close() }
        let pair = SocketPair()
        let log = PollLog()
        let poll = try LoopPoll(loop, descriptor: pair.first, handler: log)
        try poll.start(.readable)
        #expect(throws: LoopError(.alreadyExists, in: .pollInit)) {
            _ = try LoopPoll(loop, descriptor: pair.first, handler: log)
        }
        #expect(throws: LoopError(.badDescriptor, in: .pollInit)) {
            _ = try LoopPoll(loop, descriptor: -1, handler: log)
        }
        #expect(loop.handleCount == 1)
        poll.close()
        SocketPair.close(pair.first)
        SocketPair.close(pair.second)
    }

    @Test func `A handler may close the poll it is called for`() throws {
        let loop = try EventLoop()
        let pair = SocketPair()
        let log = PollLog()
        log.closesOnEvent = true
        let poll = try LoopPoll(loop, descriptor: pair.first, handler: log)
        try poll.start(.writable)
        loop.run()
        #expect(log.events == [.writable])
        loop.close(remainingHandles: .forbid)
        SocketPair.close(pair.first)
        SocketPair.close(pair.second)
    }
}

private final class PollLog: LoopPollHandler {
    var events: [PollEvents] = []
    var errors: [LoopError] = []
    var closesOnEvent = false

    func pollReady(_ poll: LoopPoll, events: PollEvents) {
        self.events.append(events)
        if closesOnEvent { poll.close() }
    }

    func pollFailed(_ poll: LoopPoll, error: LoopError) { errors.append(error) }
}
