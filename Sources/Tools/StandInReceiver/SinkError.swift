package import UVLoop

/// Why a sink could not be configured or started.
package enum SinkError: Error, Equatable, Sendable {
    /// An option's text is not valid.
    case option(SinkOption, text: String, reason: String)
    /// The loop or its listening socket could not be opened.
    case listening(on: SocketAddress, LoopError)
    /// The loop or its thread could not be set up.
    case loop(LoopError)
}

/// The options that have a text form.
package enum SinkOption: String, Sendable {
    case latency
    case responses = "respond"
    case retryAfter = "retry-after"
    case resetProbability = "reset"
    case stallProbability = "stall"
}

extension SinkError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .option(let option, let text, let reason):
            "invalid \(option.rawValue) \"\(text)\": \(reason)"
        case .listening(let address, let error): "cannot listen on \(address): \(error)"
        case .loop(let error): "cannot set up the event loop: \(error)"
        }
    }
}
