import Dispatch
import Structures

/// Bytes on their way from a producer that may not block to a thread that may.
///
/// The producer hands over pieces and hears through `roomy` when it may go on; a thread waits for
/// them with a `BytePipeReader`. At most one piece more than `pieces` is held, so that memory stays
/// bounded however fast the producer is.
package final class BytePipe: Sendable {
    /// Called once when more may be handed over; with false when nobody reads any more.
    package typealias Roomy = @Sendable (Bool) -> Void

    private struct State {
        var pieces: [[UInt8]] = []
        var isEnded = false
        var failure: String?
        /// Nobody reads any more.
        var isClosed = false
        var waiter: Roomy?
    }

    private let state = Guarded(State())
    private let piecesMax: Int
    /// Signalled for each piece and for the end.
    private let arrived = DispatchSemaphore(value: 0)

    /// Makes a pipe.
    ///
    /// - Parameter pieces: Pieces that are held before the producer has to wait.
    package init(pieces: Int = 8) { piecesMax = pieces }

    /// Hands over bytes.
    ///
    /// - Parameters:
    ///   - piece: The bytes.
    ///   - roomy: Called once, now or when the reader has caught up; only then may more be handed
    ///     over.
    package func push(_ piece: [UInt8], roomy: @escaping Roomy) {
        let goesOn: Bool? = state.withLock { state in
            if state.isClosed { return false }
            state.pieces.append(piece)
            if state.pieces.count < piecesMax { return true }
            state.waiter = roomy
            return nil
        }
        arrived.signal()
        if let goesOn { roomy(goesOn) }
    }

    /// Says that no more bytes come.
    ///
    /// - Parameter failure: Why, where the input is not complete.
    package func finish(failure: String? = nil) {
        state.withLock { state in
            state.isEnded = true
            state.failure = failure
        }
        arrived.signal()
    }

    /// Says that nobody reads any more.
    package func close() {
        let waiter = state.withLock { state in
            state.isClosed = true
            state.pieces = []
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?(false)
    }

    /// Waits for the next piece; nil at the end.
    ///
    /// - Throws: `interrupted` when the input ended before it was complete.
    func next() throws(AudienceError) -> [UInt8]? {
        while true {
            arrived.wait()
            var failure: String?
            let (piece, waiter, isEnded) = state.withLock { state in
                failure = state.failure
                guard !state.pieces.isEmpty else {
                    return ([UInt8]?.none, Roomy?.none, state.isEnded)
                }
                let piece = state.pieces.removeFirst()
                var waiter: Roomy?
                if state.pieces.count < piecesMax {
                    waiter = state.waiter
                    state.waiter = nil
                }
                return (piece, waiter, false)
            }
            waiter?(true)
            if let piece { return piece }
            if isEnded {
                // For the next call, which must find the end, too.
                arrived.signal()
                if let failure { throw .interrupted(failure) }
                return nil
            }
        }
    }
}
