import Engine
import Runtime
import Structures

/// Shows on a terminal how far an upload has come; elsewhere it is silent.
final class UploadView: Sendable {
    private struct State {
        var lastMilliseconds: UInt64 = 0
        var hasLine = false
    }

    private let total: Int64
    private let startMilliseconds = UploadView.milliseconds
    private let state = Guarded(State())

    init(bytes: Int64) { total = bytes }

    func show(_ sent: Int64) {
        guard Terminal.isInteractive else { return }
        let now = Self.milliseconds
        state.withLock { state in
            let isDue = now - state.lastMilliseconds >= CommandLimits.progressMilliseconds
            guard isDue || sent >= total else { return }
            state.lastMilliseconds = now
            state.hasLine = true
            let line = sent >= total ? "sent; the server is at work" : text(sent, now)
            Terminal.note("\r\u{1B}[K" + String(line.prefix(max(20, Terminal.width - 1))))
        }
    }

    /// Clears the line.
    func finish() {
        state.withLock { state in
            if state.hasLine { Terminal.note("\r\u{1B}[K") }
            state.hasLine = false
        }
    }

    private func text(_ sent: Int64, _ now: UInt64) -> String {
        let share = Double(sent) * 100 / Double(max(1, total))
        let seconds = Double(max(1, now - startMilliseconds)) / 1_000
        return "\(Figures.bytes(UInt64(sent))) of \(Figures.bytes(UInt64(total))) "
            + "(\(Figures.fixed(share, 0)) %) · "
            + "\(Figures.bytes(UInt64(Double(sent) / seconds)))/s"
    }

    private static var milliseconds: UInt64 {
        UInt64(SystemClock.now.monotonicNanoseconds / 1_000_000)
    }
}
