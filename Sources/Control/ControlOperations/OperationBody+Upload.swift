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

    /// Carries the body to whoever reads the pipe, as fast as that goes.
    func carry(into pipe: BytePipe) async {
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
