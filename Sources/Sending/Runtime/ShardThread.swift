import Engine
import Structures
import UVLoop

/// What other threads ask of a shard.
enum ShardCommand: Sendable {
    case add(CampaignHandle, SendShare)
    case stop
}

/// A campaign that runs on a shard.
///
/// Not inside the driver, which is generic: each use would look the type up at run time.
private struct DrivenCampaign {
    let handle: CampaignHandle
    /// The last stop that its handle was told of.
    var stopPassed: UInt64 = 0
    /// The last stop that was asked for before the current turn began.
    var stopSeen: UInt64 = 0
}

/// Drives one shard from its thread's loop.
///
/// A loop turn: sockets, timers and wake-ups first, then this, from the check handle: commands, one
/// turn of the shard, the transport's kick. If the shard has more to do the loop comes round
/// without sleeping; otherwise it sleeps until something happens or the shard's own deadline.
final class ShardDriver<Carrier: LoopTransport>: LoopCheckHandler, LoopIdleHandler,
    LoopPrepareHandler
{
    private let loop: EventLoop
    private let commands: MPSCRing<ShardCommand>
    private let index: Int
    private var shard: Shard<Carrier, StoreMailbox>
    private var handles: [DrivenCampaign] = []
    private var check: LoopCheck?
    private var idle: LoopIdle?
    private var prepare: LoopPrepare?
    /// Wakes the loop for the shard's deadline.
    private let alarm: LoopAlarm
    private var isStopping = false
    private let sample: QueueSample
    private var nextSampleNanoseconds: Int64 = 0

    init(
        loop: EventLoop, alarm: LoopAlarm, commands: MPSCRing<ShardCommand>, index: Int,
        sample: QueueSample,
        shard: consuming Shard<Carrier, StoreMailbox>
    ) {
        self.loop = loop
        self.alarm = alarm
        self.commands = commands
        self.index = index
        self.sample = sample
        self.shard = shard
    }

    func start() {
        check = LoopCheck(loop, handler: self)
        check?.start()
        idle = LoopIdle(loop, handler: self)
        prepare = LoopPrepare(loop, handler: self)
        prepare?.start()
        idle?.start()
    }

    func loopDidPoll(_ check: LoopCheck) {
        takeCommands()
        if isStopping { return }
        seeStops()
        let now = SystemClock.now
        let next = shard.turn(now)
        shard.transport.kick()
        if now.monotonicNanoseconds >= nextSampleNanoseconds {
            sample.publish(shard.queues)
            nextSampleNanoseconds =
                now.monotonicNanoseconds + RuntimeLimits.queueSampleNanoseconds
        }
        passStops()
        leaveQuietCampaigns()
        schedule(next)
    }

    func loopIdled(_ idle: LoopIdle) {}

    /// The transport's own timers run before this and may have finished flights.
    func loopWillPoll(_ prepare: LoopPrepare) {
        if shard.transport.hasActivity { idle?.start() }
    }

    private func takeCommands() {
        while let command = commands.tryPop() {
            switch command {
            case .add(let handle, let share):
                add(handle, share)
            case .stop:
                isStopping = true
                shard.transport.close()
                shard.abandonFlights()
                for entry in handles { entry.handle.shardPassed(.max, shard: index) }
                loop.stop()
            }
        }
    }

    private func add(_ handle: CampaignHandle, _ share: SendShare) {
        do {
            try shard.add(
                handle.plan, at: handle.slot, share: share, counters: handle.counters[index])
            handles.append(DrivenCampaign(handle: handle))
        } catch {
            handle.fail(RuntimeError(.target, "the target cannot be used: \(error)"))
            handle.shardLeft(index)
        }
    }

    private func seeStops() {
        for place in handles.indices { handles[place].stopSeen = handles[place].handle.lastStop }
    }

    private func passStops() {
        for place in handles.indices where handles[place].stopSeen > handles[place].stopPassed {
            handles[place].stopPassed = handles[place].stopSeen
            handles[place].handle.shardPassed(handles[place].stopSeen, shard: index)
        }
    }

    private func leaveQuietCampaigns() {
        guard handles.contains(where: { $0.handle.plan.control.isDraining }) else { return }
        handles.removeAll { entry in
            let handle = entry.handle
            guard handle.plan.control.isDraining, shard.isQuiet(handle.slot) else { return false }
            shard.remove(handle.slot)
            handle.shardLeft(index)
            return true
        }
    }

    private func schedule(_ next: Shard<Carrier, StoreMailbox>.NextTurn) {
        guard !shard.transport.hasActivity, case .at(let nanoseconds) = next else {
            idle?.start()
            return
        }
        idle?.stop()
        alarm.set(atNanoseconds: nanoseconds)
    }
}
