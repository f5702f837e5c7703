import Synchronization
import Testing
import UVLoop

@Suite struct HandleTests {
    @Test func `A timer fires once, or repeatedly until stopped`() throws {
        let loop = try EventLoop()
        defer { loop.close() }
        var once = 0
        var repeated = 0
        let single = LoopTimer(loop) { _ in once += 1 }
        single.start(afterMilliseconds: 1)
        let periodic = LoopTimer(loop) { timer in
            repeated += 1
            if repeated == 3 { timer.stop() }
        }
        periodic.start(afterMilliseconds: 0, repeating: 1)
        #expect(periodic.isActive)
        loop.run()
        #expect(once == 1)
        #expect(repeated == 3)
        #expect(!periodic.isActive)
    }

    @Test func `Timers fire in the order of their times`() throws {
        let loop = try EventLoop()
        defer { loop.close() }
        var order: [Int] = []
        for milliseconds in [5, 1, 3] {
            LoopTimer(loop) { timer in
                order.append(milliseconds)
                timer.close()
            }.start(afterMilliseconds: UInt64(milliseconds))
        }
        loop.run()
        #expect(order == [1, 3, 5])
        #expect(loop.handleCount == 0)
    }

    @Test func `A handle that does not keep the loop alive lets it return`() throws {
        let loop = try EventLoop()
        defer { loop.close() }
        let timer = LoopTimer(loop) { _ in Issue.record("must not fire") }
        timer.start(afterMilliseconds: 1_000_000)
        #expect(timer.keepsLoopAlive)
        timer.keepsLoopAlive = false
        #expect(!loop.run())
    }

    @Test func `Idle, prepare and check are called in the order of a turn`() throws {
        let loop = try EventLoop()
        defer { loop.close() }
        let turns = TurnLog()
        let check = LoopCheck(loop, handler: turns)
        let prepare = LoopPrepare(loop, handler: turns)
        let idle = LoopIdle(loop, handler: turns)
        check.start()
        prepare.start()
        idle.start()
        loop.run(.once)
        #expect(turns.log == ["idle", "prepare", "check"])
        idle.stop()
        loop.run(.nowait)
        #expect(turns.log == ["idle", "prepare", "check", "prepare", "check"])
        check.close()
        prepare.close()
        loop.run(.nowait)
        #expect(turns.log.count == 5)
    }

    @Test func `A signal is delivered on the loop's thread`() throws {
        let loop = try EventLoop()
        defer { loop.close() }
        let timer = LoopTimer(loop) { _ in raiseWindowChange() }
        timer.start(afterMilliseconds: 0)
        var received: [Int32] = []
        let signal = try LoopSignal(loop) { signal, number in
            received.append(number)
            signal.stop()
        }
        try signal.start(windowChange)
        loop.run()
        #expect(received == [windowChange])
    }

    @Test func `A signal that cannot be caught is refused`() throws {
        let loop = try EventLoop()
        defer { loop.close() }
        let signal = try LoopSignal(loop) { _, _ in }
        #expect(throws: LoopError(.invalidArgument, in: .signalStart)) { try signal.start(9) }
    }

    @Test func `Wake-ups from many threads are coalesced and none is lost`() throws {
        let loop = try EventLoop()
        let shared = SharedCounter()
        let total = 4 * 2_000
        var handled = 0
        var runs = 0
        let wakeUp = try LoopWakeUp(loop) { wakeUp in
            runs += 1
            handled = shared.value.load(ordering: .relaxed)
            if handled == total { wakeUp.close() }
        }
        // A lost wake-up ends here instead of hanging.
        let limit = LoopTimer(loop) { $0.loop.stop() }
        limit.start(afterMilliseconds: 20_000)
        limit.keepsLoopAlive = false
        // An array cannot hold threads, which are not copyable.
        func sender() throws -> LoopThread {
            try LoopThread {
                for _ in 0..<2_000 {
                    // Relaxed, so that only the wake-up itself can order it before the handler's
                    // load.
                    shared.value.wrappingAdd(1, ordering: .relaxed)
                    wakeUp.send()
                }
            }
        }
        let first = try sender()
        let second = try sender()
        let third = try sender()
        let fourth = try sender()
        loop.run()
        first.join()
        second.join()
        third.join()
        fourth.join()
        #expect(handled == total)
        #expect(runs <= total)
        loop.close()
    }

    @Test func `Sending to a closed wake-up does nothing, also while it is being closed`() throws {
        let loop = try EventLoop()
        let wakeUp = try LoopWakeUp(loop) { _ in }
        let stop = SharedCounter()
        let thread = try LoopThread {
            while stop.value.load(ordering: .relaxed) == 0 { wakeUp.send() }
        }
        for _ in 0..<100 { loop.run(.nowait) }
        wakeUp.close()
        loop.run()
        loop.close(remainingHandles: .forbid)
        wakeUp.send()
        stop.value.store(1, ordering: .relaxed)
        thread.join()
        #expect(wakeUp.isClosed)
    }

    @Test func `Errors carry libuv's name and the operation`() {
        let error = LoopError(.connectionReset, in: .read)
        #expect(error.code.name == "ECONNRESET")
        #expect(error.description == "uv_read_start: ECONNRESET (connection reset by peer)")
        #expect(LoopErrorCode(rawValue: -100_000).name == "Unknown system error -100000")
    }
}

final class SharedCounter: Sendable {
    let value = Atomic<Int>(0)
    var count: Int { value.load(ordering: .relaxed) }
}

private final class TurnLog: LoopPrepareHandler, LoopCheckHandler, LoopIdleHandler {
    var log: [String] = []
    func loopIdled(_ idle: LoopIdle) { log.append("idle") }
    func loopWillPoll(_ prepare: LoopPrepare) { log.append("prepare") }
    func loopDidPoll(_ check: LoopCheck) { log.append("check") }
}
