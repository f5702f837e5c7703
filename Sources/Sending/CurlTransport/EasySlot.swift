import CLibcurl
import Engine

// A slot is one libcurl easy handle with what a request needs around it.
//
//     bare ──configure──▶ free (of a target) ──start──▶ flying ──completion taken──▶ free
//       ▲                      │
//       └─ target released, or taken by another target ┘
//
// 1. A handle is set up once for a target and then carries its requests one after the other:
//    between two of them only the URL, the body and the text of the header lines change.
// 2. The slot's address is the context of the handle's callbacks and never changes.

/// One easy handle.
// SAFETY: the handle and the nodes are the slot's own until it is destroyed; see 2.
@safe
struct EasySlot {
    let easy: UnsafeMutableRawPointer
    /// The target that the handle is set up for; −1 while it is bare.
    var target: Int32 = -1
    /// The next slot of the list that this one is in; −1 at its end.
    var next: Int32 = -1
    var flight: UInt32 = 0
    /// Bytes of the answer's body that are still accepted.
    var bodyBytesLeft: Int = 0
    var circumstances: TransferCircumstances = []
    var wireAttempts: UInt8 = 0
    var forbidsResend = false
    var allowsPrivateNetworks = false
    var isFlying = false
    /// Whether the request was begun on the connection that the transfer has now.
    var isOnWire = false
    /// Where the handle is added; `nil` when it is in no lane.
    var lane: UnsafeMutablePointer<Lane>?
    var headers = RequestHeaderChain()
    var answer = AnswerMemory()
    /// The result of a flight that ended by other means than libcurl's.
    var result: TransferResult?
    let core: UnsafeMutablePointer<TransportCore>

    init(easy: UnsafeMutableRawPointer, core: UnsafeMutablePointer<TransportCore>) {
        unsafe self.easy = easy
        unsafe self.core = core
        unsafe lane = nil
    }
}
