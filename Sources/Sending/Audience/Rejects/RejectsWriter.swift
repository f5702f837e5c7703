import Glibc

/// Lists rejects in a CSV file with the columns `line`, `column` and `reason`.
///
/// The file always belongs to the last import: it is emptied at the start, and stays with its
/// header alone when nothing was rejected. A row that covers several lines is listed once, and the
/// reason then says which.
package final class RejectsWriter {
    /// The rejects that were listed.
    package private(set) var listed = 0
    /// The rejects beyond the limit, which are not listed.
    package private(set) var unlisted = 0

    private let descriptor: Int32
    private let path: String
    private let listedMax: Int
    private var buffer: [UInt8] = []
    private var isFinished = false

    /// Creates or empties the file.
    ///
    /// - Parameters:
    ///   - path: Where to write.
    ///   - limits: `rejectsListedMax` bounds the file.
    /// - Throws: `file`.
    package init(path: String, limits: AudienceLimits = .standard) throws(AudienceError) {
        descriptor = try SystemCall.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
        self.path = path
        listedMax = limits.rejectsListedMax
        buffer.reserveCapacity(BufferSizes.rejectsBytes + 512)
        buffer.append(contentsOf: "line,column,reason\n".utf8)
    }

    deinit { close(descriptor) }

    func append(_ reject: Reject) throws(AudienceError) {
        guard listed < listedMax else {
            unlisted += 1
            return
        }
        listed += 1
        var reason = reject.reason.description
        if reject.count > 1 {
            let lines = reject.skippedLines
            reason += "; lines \(lines.lowerBound) to \(lines.upperBound) were skipped"
        }
        append("\(reject.line),\(reject.column),", quoted: reason)
        if buffer.count >= BufferSizes.rejectsBytes { try flush() }
    }

    private func append(_ start: String, quoted reason: String) {
        buffer.append(contentsOf: start.utf8)
        buffer.append(UInt8(ascii: "\""))
        for byte in reason.utf8 {
            if byte == UInt8(ascii: "\"") { buffer.append(byte) }
            buffer.append(byte)
        }
        buffer.append(contentsOf: "\"\n".utf8)
    }

    /// Writes what is still in the buffer, and a last line if not all rejects could be listed.
    ///
    /// Does nothing the second time.
    func finish() throws(AudienceError) {
        if isFinished { return }
        isFinished = true
        if unlisted > 0 { append(",,", quoted: "\(unlisted) more rejects are not listed") }
        try flush()
    }

    private func flush() throws(AudienceError) {
        try unsafe buffer.withUnsafeBufferPointer { bytes throws(AudienceError) in
            try unsafe SystemCall.write(descriptor, UnsafeRawBufferPointer(bytes), path: path)
        }
        buffer.removeAll(keepingCapacity: true)
    }
}
