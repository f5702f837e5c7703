package import Engine
import Structures
import UVLoop

/// What a shard asks of the store thread.
enum StoreRequest: BitwiseCopyable, Sendable {
    case page(of: SendSlot)
    case commit(PageCommit)

    /// Whose page it is about.
    var campaign: SendSlot {
        switch self {
        case .page(let campaign): campaign
        case .commit(let commit): commit.campaign
        }
    }
}

/// The two rings between one shard and the store thread, and how each wakes the other.
final class StoreLink: Sendable {
    let requests = SPSCRing<StoreRequest>(minimumCapacity: RuntimeLimits.storeRequestsMax)
    let answers = SPSCRing<StoreEvent>(minimumCapacity: RuntimeLimits.storeAnswersMax)
    let storeWakeUp: LoopWakeUp
    let shardWakeUp: LoopWakeUp

    init(storeWakeUp: LoopWakeUp, shardWakeUp: LoopWakeUp) {
        self.storeWakeUp = storeWakeUp
        self.shardWakeUp = shardWakeUp
    }
}

/// The shard's end of its channel to the store thread.
///
/// Waking costs a system call, once per page asked for or given back, not per message.
package struct StoreMailbox: PageStore {
    let channel: StoreLink

    package mutating func requestPage(of campaign: SendSlot) -> Bool {
        send(.page(of: campaign))
    }

    package mutating func commit(_ commit: PageCommit) -> Bool {
        send(.commit(commit))
    }

    package mutating func nextEvent() -> StoreEvent? { channel.answers.tryPop() }

    private func send(_ request: StoreRequest) -> Bool {
        guard channel.requests.tryPush(request) else { return false }
        channel.storeWakeUp.send()
        return true
    }
}
