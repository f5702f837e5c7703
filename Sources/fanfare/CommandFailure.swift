import ArgumentParser

/// The end of a command that could not do its work: a sentence for the user and the exit code.
struct CommandFailure: Error {
    /// The command line or an input cannot be used.
    static let usage = ExitCode(2)
    /// Interrupted, or a failure that is not the input's fault.
    static let other = ExitCode(1)
    /// The campaign finished and somebody was not reached for sure.
    static let incomplete = ExitCode(3)

    var message: String
    var exitCode: ExitCode

    /// A fault of the command line or of an input.
    static func usage(_ message: String) -> CommandFailure {
        CommandFailure(message: message, exitCode: usage)
    }

    /// Any other fault.
    static func other(_ message: String) -> CommandFailure {
        CommandFailure(message: message, exitCode: other)
    }
}
