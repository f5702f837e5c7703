import Audience
import Glibc

/// Shows on a terminal how far the reading of an audience has come; elsewhere it is silent.
struct ImportProgressView {
    private let isShown: Bool
    private var pages = 0
    private var hasLine = false

    /// Pages between two updates: some ten a second.
    private static let pagesPerUpdate = 64

    init(isQuiet: Bool) {
        isShown = !isQuiet && Terminal.isInteractive
    }

    mutating func show(_ progress: ImportProgress) {
        guard isShown else { return }
        pages += 1
        guard pages % Self.pagesPerUpdate == 1 else { return }
        var line = "reading the audience: \(Figures.grouped(progress.rows)) rows"
        if let bytes = progress.fileBytes, bytes > 0 {
            let share = Double(progress.fileBytesRead) * 100 / Double(bytes)
            line += " (\(Figures.fixed(min(share, 100), 0)) %)"
        }
        if progress.rejected > 0 { line += ", \(Figures.grouped(progress.rejected)) rejected" }
        Terminal.note("\r\u{1B}[K" + String(line.prefix(max(20, Terminal.width - 1))))
        hasLine = true
    }

    /// Clears the line.
    mutating func finish() {
        if hasLine { Terminal.note("\r\u{1B}[K") }
        hasLine = false
    }
}
