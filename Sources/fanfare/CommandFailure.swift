import ArgumentParser
import Campaigns

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

extension CommandFailure {
    /// A setting that cannot be used, by the name of the option that gives it.
    init(_ mistake: CampaignMistake) {
        switch mistake.field {
        case .template: self = .usage(mistake.message)
        case .url: self = .usage(Self.named("--webhook", as: "url", mistake.message))
        case .rate: self = .usage("--rate: \(mistake.message)")
        case .burst: self = .usage("--burst: \(mistake.message)")
        case .header(let name):
            let option = mistake.message.contains(name) ? "--header" : "--header \(name)"
            self = .usage(Self.named(option, as: "header \(name)", mistake.message))
        case .privateNetwork:
            self = .usage(
                "--webhook: \(mistake.message); allow it with --allow-private-networks")
        }
    }

    /// A mistake in a template begins with the template's name, to which line and column belong.
    private static func named(_ option: String, as template: String, _ message: String) -> String {
        message.hasPrefix("\(template):")
            ? "--\(template == "url" ? "webhook" : template)\(message.dropFirst(template.count))"
            : "\(option): \(message)"
    }

    /// All of them, a line each.
    init(_ mistakes: CampaignMistakes) {
        self = .usage(mistakes.mistakes.map { CommandFailure($0).message }.joined(separator: "\n"))
    }
}
