import Audience
import Hummingbird
import NIOCore

extension Call {
    /// Carries the body to whoever reads the pipe, as fast as that goes.
    func stream(into pipe: BytePipe) async {
        do {
            for try await piece in stream {
                let goesOn = await withCheckedContinuation { continuation in
                    pipe.push(Array(piece.readableBytesView)) { continuation.resume(returning: $0) }
                }
                // Nobody reads any more: what is left is not worth carrying.
                guard goesOn else { break }
            }
            pipe.finish()
        } catch {
            pipe.finish(failure: "the request broke off")
        }
    }
}
