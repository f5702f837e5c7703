import Glibc
import Structures

/// Bytes on their way from a producer that may not block to a thread that may.
///
/// The producer hands over pieces and hears through `roomy` when it may go on; the thread waits
/// for them. At most one piece more than `pieces` is held, so that memory stays bounded however
/// fast the producer is.
@safe
package final class BytePipe: ByteSource, @unchecked Sendable {
    // Sendable because everything that changes is inside a lock, but for `current` and its place,
    // which are the reading thread's.

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
    private let arrived: UnsafeMutablePointer<sem_t>
    private var current: [UInt8] = []
    private var place = 0
    package private(set) var fileBytesRead: UInt64 = 0

    /// Makes a pipe.
    ///
    /// - Parameter pieces: Pieces that are held before the producer has to wait.
    package init(pieces: Int = 8) {
        piecesMax = pieces
        unsafe arrived = .allocate(capacity: 1)
        _ = unsafe sem_init(arrived, 0, 0)
    }

    deinit {
        _ = unsafe sem_destroy(arrived)
        unsafe arrived.deallocate()
    }

    // MARK: The producer

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
        _ = unsafe sem_post(arrived)
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
        _ = unsafe sem_post(arrived)
    }

    // MARK: The reader

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

    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(AudienceError) -> Int {
        while place == current.count {
            guard let next = try take() else { return 0 }
            current = next
            place = 0
        }
        let count = min(buffer.count, current.count - place)
        unsafe current.withUnsafeBytes { bytes in
            unsafe buffer.copyMemory(
                from: UnsafeRawBufferPointer(rebasing: bytes[place..<(place + count)]))
        }
        place += count
        fileBytesRead += UInt64(count)
        return count
    }

    /// The next piece, or nil at the end.
    private func take() throws(AudienceError) -> [UInt8]? {
        while true {
            while unsafe sem_wait(arrived) != 0 {}
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
                _ = unsafe sem_post(arrived)
                if let failure { throw .interrupted(failure) }
                return nil
            }
        }
    }
}
