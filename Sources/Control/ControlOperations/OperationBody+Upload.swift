import Audience
import ControlDirectory

extension OperationBody {
    /// What the lines of an upload are, of the media types that uploads declare.
    var format: AudienceFormat { mediaType == "text/csv" ? .csv : .jsonLines }

    /// Whether the bytes are declared as gzip.
    ///
    /// - Throws: `Problem` of `unsupportedMediaType` for another coding.
    func isCompressed() throws(Problem) -> Bool {
        switch coding {
        case nil, "identity": false
        case "gzip", "x-gzip": true
        default:
            throw Problem(.unsupportedMediaType, "expected Content-Encoding: gzip, or none")
        }
    }

    /// Carries the body through a pipe to what reads it, as fast as that goes, and awaits both.
    ///
    /// - Parameter reader: Reads the pipe; what it leaves is dropped.
    /// - Returns: What the reader returns.
    /// - Throws: What the reader throws.
    func withPipe<Answer: Sendable>(
        _ reader: @escaping @Sendable (BytePipe) async throws -> Answer
    ) async throws -> Answer {
        let pipe = BytePipe()
        async let answer = {
            defer { pipe.close() }
            return try await reader(pipe)
        }()
        await carry(into: pipe)
        return try await answer
    }

    private func carry(into pipe: BytePipe) async {
        do {
            try await read { piece in
                // False: nobody reads any more, and what is left is not worth carrying.
                await withCheckedContinuation { continuation in
                    pipe.push(piece) { continuation.resume(returning: $0) }
                }
            }
            pipe.finish()
        } catch {
            pipe.finish(failure: "the request broke off")
        }
    }
}
