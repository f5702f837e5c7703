import Structures
import Testing

/// The naive timer queue: a list searched on every call.
private struct TimerModel {
    struct Entry {
        var payload: UInt64
        var deadline: UInt64
        var wasDue: Bool
    }

    var entries: [Entry] = []
    var horizon: UInt64

    mutating func insert(_ payload: UInt64, deadline: UInt64) {
        entries.append(Entry(payload: payload, deadline: deadline, wasDue: deadline <= horizon))
    }

    /// Those due on insertion first, by insertion; then by deadline, then by insertion.
    mutating func advance(to now: UInt64) -> [UInt64] {
        horizon = max(horizon, now)
        let due = entries.enumerated().filter { $0.element.deadline <= horizon }
        entries.removeAll { $0.deadline <= horizon }
        let order = due.sorted { one, other in
            let (a, b) = (one.element, other.element)
            if a.wasDue != b.wasDue { return a.wasDue }
            if a.wasDue || a.deadline == b.deadline { return one.offset < other.offset }
            return a.deadline < b.deadline
        }
        return order.map(\.element.payload)
    }
}

@Suite("TimerWheel")
struct TimerWheelTests {
    private func fire(_ wheel: borrowing TimerWheel, to now: UInt64, limit: Int = .max) -> [UInt64]
    {
        var fired: [UInt64] = []
        wheel.advance(to: now, limit: limit) { fired.append($0) }
        return fired
    }

    @Test("every set of three timers and two steps agrees with a list", arguments: [0, 63, 4_095])
    func everySmallScheduleAgreesWithAList(start: UInt64) throws {
        // Distances around the edges of levels 0, 1 and 2.
        let distances: [UInt64] = [0, 1, 62, 63, 64, 65, 127, 4_032, 4_033, 4_096, 262_144]
        let steps: [UInt64] = [0, 1, 64, 4_000, 4_097, 300_000]
        for first in distances {
            for second in distances {
                for third in distances {
                    for step in steps {
                        let wheel = TimerWheel(limit: 3, nowMilliseconds: start)
                        var model = TimerModel(horizon: start)
                        func insert(_ payload: UInt64, _ deadline: UInt64) {
                            wheel.insert(payload, deadlineMilliseconds: deadline)
                            model.insert(payload, deadline: deadline)
                        }
                        insert(1, start + first)
                        insert(2, start + second)
                        try #require(
                            fire(wheel, to: start + step) == model.advance(to: start + step))
                        insert(3, start + third)
                        let later = start + 2 * step + 1
                        try #require(fire(wheel, to: later) == model.advance(to: later))
                        try #require(fire(wheel, to: .max) == model.advance(to: .max))
                        try #require(wheel.count == 0)
                    }
                }
            }
        }
    }

    @Test("a random schedule agrees with a list", arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func randomScheduleAgreesWithAList(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let start = UInt64.random(in: 0...(1 << 40), using: &generator)
        let wheel = TimerWheel(limit: 1_000, nowMilliseconds: start)
        var model = TimerModel(horizon: start)
        var now = start
        var timers: [UInt64: TimerID] = [:]
        for payload in 0..<3_000 as Range<UInt64> {
            // From 0 ms to five weeks, evenly by magnitude.
            let magnitude = UInt64.random(in: 0...31, using: &generator)
            let deadline = now + UInt64.random(in: 0...(1 << magnitude), using: &generator)
            let timer = wheel.insert(payload, deadlineMilliseconds: deadline)
            try #require((timer == nil) == (model.entries.count == 1_000))
            if let timer {
                timers[payload] = timer
                model.insert(payload, deadline: deadline)
            }
            if payload % 3 == 0, let entry = model.entries.randomElement(using: &generator) {
                let timer = try #require(timers[entry.payload])
                try #require(wheel.cancel(timer) == true)
                try #require(wheel.cancel(timer) == false)
                model.entries.removeAll { $0.payload == entry.payload }
            }
            if payload % 5 == 0 {
                let magnitude = UInt64.random(in: 0...24, using: &generator)
                now += UInt64.random(in: 0...(1 << magnitude), using: &generator)
                try #require(fire(wheel, to: now) == model.advance(to: now), "seed \(seed)")
                let earliest = model.entries.map(\.deadline).min()
                let bound = wheel.nextDeadlineMilliseconds
                try #require((bound == nil) == (earliest == nil))
                if let bound, let earliest { try #require(now < bound && bound <= earliest) }
            }
            try #require(wheel.count == model.entries.count)
            if payload % 16 == 0 { wheel.checkInvariants() }
        }
    }

    @Test("sleeping until the next deadline reaches every timer at its own time")
    func followingTheNextDeadlineIsExact() throws {
        let deadlines: [UInt64] = [1_000, 1_001, 1_063, 1_064, 5_000, 300_000, 86_400_000, 1 << 33]
        let wheel = TimerWheel(limit: 8, nowMilliseconds: 1_000)
        for deadline in deadlines { wheel.insert(deadline, deadlineMilliseconds: deadline) }
        var fired: [UInt64] = []
        var steps = 0
        while let now = wheel.nextDeadlineMilliseconds {
            wheel.advance(to: now) { payload in
                #expect(payload == now)
                fired.append(payload)
            }
            steps += 1
            try #require(steps < 8 * 11, "the next deadline makes progress")
        }
        #expect(fired == deadlines)
    }

    @Test("what the body of an advance inserts fires in a later advance")
    func bodyMayInsertAndCancel() throws {
        let wheel = TimerWheel(limit: 10, nowMilliseconds: 0)
        wheel.insert(1, deadlineMilliseconds: 5)
        let inserted = wheel.insert(2, deadlineMilliseconds: 6)
        let victim = try #require(inserted)
        var fired: [UInt64] = []
        wheel.advance(to: 100) { payload in
            fired.append(payload)
            #expect(wheel.cancel(victim) == true)
            wheel.insert(10, deadlineMilliseconds: 0)
            wheel.insert(11, deadlineMilliseconds: 100)
            wheel.insert(12, deadlineMilliseconds: 101)
        }
        #expect(fired == [1])
        wheel.checkInvariants()
        #expect(fire(wheel, to: 100) == [10, 11])
        #expect(fire(wheel, to: 101) == [12])
    }

    @Test("an advance with a limit leaves the rest due")
    func limitedAdvanceLeavesTheRestDue() throws {
        let wheel = TimerWheel(limit: 10, nowMilliseconds: 0)
        for payload in 1...4 as ClosedRange<UInt64> {
            wheel.insert(payload, deadlineMilliseconds: 70)
        }
        wheel.insert(5, deadlineMilliseconds: 80)
        #expect(fire(wheel, to: 100, limit: 2) == [1, 2])
        wheel.checkInvariants()
        let next = wheel.nextDeadlineMilliseconds
        #expect(try #require(next) <= 100)
        wheel.insert(6, deadlineMilliseconds: 90)
        wheel.insert(7, deadlineMilliseconds: 200)
        wheel.checkInvariants()
        #expect(fire(wheel, to: 100, limit: 2) == [6, 3])
        #expect(fire(wheel, to: 100) == [4, 5])
        #expect(fire(wheel, to: 200) == [7])
    }

    @Test("time does not run backwards")
    func anEarlierNowFiresNothing() {
        let wheel = TimerWheel(limit: 2, nowMilliseconds: 50)
        wheel.insert(1, deadlineMilliseconds: 60)
        #expect(fire(wheel, to: 10) == [])
        #expect(fire(wheel, to: 60) == [1])
    }

    @Test("the block of nodes grows to the limit and no further")
    func growsToTheLimit() {
        let limit = StructuresLimits.timersInitial * 3 + 1
        let wheel = TimerWheel(limit: limit, nowMilliseconds: 0)
        for payload in 0..<UInt64(limit) {
            #expect(wheel.insert(payload, deadlineMilliseconds: 1 + payload % 7) != nil)
        }
        #expect(wheel.insert(0, deadlineMilliseconds: 1) == nil)
        wheel.checkInvariants()
        let fired = fire(wheel, to: 7)
        #expect(fired.count == limit)
        #expect(wheel.insert(0, deadlineMilliseconds: .max) != nil)
        #expect(fire(wheel, to: .max - 1) == [])
        #expect(fire(wheel, to: .max) == [0])
    }
}
