import Testing
import UVLoop

@Suite struct LoopAlarmTests {
    @Test func `An alarm wakes a waiting loop at its time and not before`() throws {
        let loop = try EventLoop()
        defer { loop.close() }
        let alarm = try LoopAlarm(loop)
        for wait in [300_000, 1_700_000, 0, -5_000_000_000] as [Int64] {
            let time = Int64(EventLoop.hrtime) + wait
            alarm.set(atNanoseconds: time)
            alarm.set(atNanoseconds: time)
            loop.run(.once)
            #expect(Int64(EventLoop.hrtime) >= time)
        }
        alarm.close()
    }

    @Test func `A time takes the place of the last one, and clearing leaves none`() throws {
        let loop = try EventLoop()
        defer { loop.close() }
        let alarm = try LoopAlarm(loop)
        let far = Int64(EventLoop.hrtime) + 3_600_000_000_000
        alarm.set(atNanoseconds: 1)
        alarm.set(atNanoseconds: far)
        // Nothing else wakes it.
        var hasFired = false
        let timer = LoopTimer(loop) { _ in hasFired = true }
        timer.start(afterMilliseconds: 5)
        loop.run(.once)
        #expect(hasFired)
        alarm.set(atNanoseconds: 1)
        alarm.clear()
        hasFired = false
        timer.start(afterMilliseconds: 5)
        loop.run(.once)
        #expect(hasFired)
        timer.close()
        // Open, as when a shard's loop ends.
        alarm.set(atNanoseconds: far)
    }
}
