import Synchronization
import Testing
import UVLoop

@Suite struct EventLoopTests {
    @Test func `A loop with nothing to do returns at once and closes`() throws {
        let loop = try EventLoop()
        #expect(!loop.run())
        #expect(!loop.isAlive)
        loop.close(remainingHandles: .forbid)
        #expect(loop.isClosed)
        loop.close()
    }

    @Test func `A loop that is never closed and has no handles is freed without harm`() throws {
        weak var gone: EventLoop?
        do {
            let loop = try EventLoop()
            gone = loop
        }
        #expect(gone == nil)
    }

    @Test func `Stopping ends the run at the end of the turn`() throws {
        let loop = try EventLoop()
        defer { loop.close() }
        var firings = 0
        let timer = LoopTimer(loop) { timer in
            firings += 1
            timer.loop.stop()
        }
        timer.start(afterMilliseconds: 0, repeating: 1)
        #expect(loop.run())
        #expect(firings == 1)
    }

    @Test func `Closing the loop closes the handles that are left and lets their handlers go`()
        throws
    {
        let loop = try EventLoop()
        weak var held: Token?
        do {
            let token = Token()
            held = token
            LoopTimer(loop) { _ in _ = token }.start(afterMilliseconds: 1_000_000)
            _ = try LoopWakeUp(loop) { _ in _ = token }
            try LoopSignal(loop) { _, _ in _ = token }.start(28)
        }
        #expect(held != nil)
        #expect(loop.handleCount == 3)
        loop.close()
        #expect(loop.handleCount == 0)
        #expect(held == nil)
    }

    @Test func `Closing accepts handles whose close callbacks have run`() throws {
        let loop = try EventLoop()
        let timer = LoopTimer(loop) { _ in }
        timer.close()
        #expect(timer.isClosing)
        #expect(!timer.isClosed)
        #expect(loop.handleCount == 1)
        loop.run()
        #expect(timer.isClosed)
        loop.close(remainingHandles: .forbid)
    }

    @Test func `Closing while a handle's close callback is outstanding is a bug`() async {
        await #expect(processExitsWith: .failure) {
            let loop = try EventLoop()
            LoopTimer(loop) { _ in }.close()
            loop.close(remainingHandles: .forbid)
        }
    }

    @Test func `Closing from a callback is a bug`() async {
        await #expect(processExitsWith: .failure) {
            let loop = try EventLoop()
            LoopTimer(loop) { $0.loop.close() }.start(afterMilliseconds: 0)
            loop.run()
        }
    }

    @Test func `Using a handle after it was closed is a bug`() async {
        await #expect(processExitsWith: .failure) {
            let loop = try EventLoop()
            let timer = LoopTimer(loop) { _ in }
            timer.close()
            timer.start(afterMilliseconds: 1)
        }
    }

    @Test func `Using a loop on a thread that does not own it is a bug`() async {
        await #expect(processExitsWith: .failure) {
            let handed = HandedOver(loop: try EventLoop())
            let thread = try LoopThread { _ = handed.loop.isAlive }
            thread.join()
        }
    }

    @Test func `A loop can be taken over by another thread`() throws {
        let handed = HandedOver(loop: try EventLoop())
        let firings = SharedCounter()
        let thread = try LoopThread {
            let loop = handed.loop
            loop.adoptCurrentThread()
            LoopTimer(loop) { _ in firings.value.wrappingAdd(1, ordering: .relaxed) }
                .start(afterMilliseconds: 0)
            loop.run()
            loop.close()
        }
        thread.join()
        #expect(firings.count == 1)
    }

    @Test func `Clocks agree and do not go back`() throws {
        let loop = try EventLoop()
        defer { loop.close() }
        let before = EventLoop.hrtime
        loop.updateTime()
        let after = EventLoop.hrtime
        #expect(loop.now >= before / 1_000_000)
        #expect(loop.now <= after / 1_000_000)
    }
}

private final class Token {}

/// A loop on its way to another thread; starting that thread orders memory.
private struct HandedOver: @unchecked Sendable {
    let loop: EventLoop
}
