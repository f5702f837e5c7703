import ArgumentParser
import Glibc
import SendPlans

/// The command line.
@main
struct Fanfare: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fanfare",
        abstract:
            "Sends one message to many people, at the rate it is told, and accounts for each.",
        discussion: """
            EXAMPLES:
              # A million synthetic recipients, a stand-in provider, a campaign:
              fanfare generate --recipients 1000000 --format csv > audience.csv
              fanfare sink --listen 127.0.0.1:9000 &
              fanfare send --audience audience.csv --template message.json.j2 \\
                --webhook http://127.0.0.1:9000/hook --allow-private-networks --rate 20000/s

              # After an interruption or a crash:
              fanfare resume fanfare-state/20260101-120000-5f2c

            EXIT CODES:
              0  all were sent
              1  interrupted, or another failure; nothing that was recorded is lost
              2  the command line or an input file cannot be used
              3  finished, with failures or unknowns
              4  a server refused what campaign, limits, import or key asked for

            A SERVER:
              fanfare serve --data fanfare-data
              export FANFARE_KEY=ff_…  # printed by the first start
              fanfare import users users.csv
              fanfare campaign start spring && fanfare campaign watch spring
            """,
        version: "fanfare \(Product.version)",
        subcommands: [
            SendCommand.self, ResumeCommand.self, VerifyCommand.self, OutcomesCommand.self,
            RetryCommand.self, ServeCommand.self, CampaignCommand.self, LimitsCommand.self,
            ImportCommand.self, KeyCommand.self, TemplateCommand.self, GenerateCommand.self,
            SinkCommand.self, ConformanceCommand.self,
        ])

    static func main() {
        // A reader that has gone (`fanfare send … 2>&1 | head`) must not end a campaign.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parseAsRoot()
            try command.run()
            try Terminal.closeOutput()
        } catch let error as ExitCode {
            end(error)
        } catch let failure as CommandFailure {
            end(failure)
        } catch let failure as ServerFailure {
            end(CommandFailure(failure))
        } catch let mistake as CampaignMistake {
            end(CommandFailure(mistake))
        } catch let mistakes as CampaignMistakes {
            end(CommandFailure(mistakes))
        } catch {
            // ArgumentParser uses 64 for usage errors; one code for all bad input is easier to
            // script.
            let code = exitCode(for: error)
            let text = fullMessage(for: error)
            if code.isSuccess {
                Terminal.output(text)
                end(code)
            }
            Terminal.error(text)
            exit(withError: code == .validationFailure ? CommandFailure.usage : ExitCode(1))
        }
    }

    private static func end(_ failure: CommandFailure) -> Never {
        Terminal.error("error: \(failure.message)")
        exit(withError: failure.exitCode)
    }

    /// Ends with a code, or with that of an output that was not written, if that is worse.
    private static func end(_ code: ExitCode) -> Never {
        do {
            try Terminal.closeOutput()
        } catch {
            Terminal.error("error: \((error as? CommandFailure)?.message ?? "\(error)")")
            exit(withError: code.isSuccess ? CommandFailure.other : code)
        }
        exit(withError: code)
    }
}
