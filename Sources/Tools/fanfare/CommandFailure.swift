import ArgumentParser
import JSON
import Jinja
import SendPlans

/// The end of a command that could not do its work: a sentence for the user and the exit code.
struct CommandFailure: Error {
    /// The command line or an input cannot be used.
    static let usage = ExitCode(2)
    /// Interrupted, or a failure that is not the input's fault.
    static let other = ExitCode(1)
    /// The campaign finished and somebody was not reached for sure.
    static let incomplete = ExitCode(3)
    /// A server understood the request and refused it.
    static let refused = ExitCode(4)

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

extension CommandFailure {
    /// A setting that cannot be used, by the name of the option that gives it.
    init(_ mistake: CampaignMistake) {
        if let diagnostic = mistake.diagnostic {
            switch mistake.field {
            case .url: self = .usage(diagnostic.description(of: "--webhook"))
            case .header(let name): self = .usage(diagnostic.description(of: "--header \(name)"))
            default: self = .usage(mistake.message)
            }
            return
        }
        switch mistake.field {
        case .template: self = .usage(mistake.message)
        case .url: self = .usage("--webhook: \(mistake.message)")
        case .rate: self = .usage("--rate: \(mistake.message)")
        case .burst: self = .usage("--burst: \(mistake.message)")
        case .header(let name):
            self = .usage(
                mistake.message.contains(name)
                    ? "--header: \(mistake.message)" : "--header \(name): \(mistake.message)")
        case .privateNetwork:
            self = .usage(
                "--webhook: \(mistake.message); allow it with --allow-private-networks")
        }
    }

    /// All of them, a line each.
    init(_ mistakes: CampaignMistakes) {
        self = .usage(mistakes.mistakes.map { CommandFailure($0).message }.joined(separator: "\n"))
    }
}
