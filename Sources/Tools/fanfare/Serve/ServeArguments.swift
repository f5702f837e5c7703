/// The flags of `fanfare serve` as they stand on the command line.
struct ServeArguments {
    /// Values by the names of their options; of a flag that is given twice the last one counts.
    private(set) var values: [String: String] = [:]

    /// Reads `--name value`, `--name=value`, and for switches `--name` and `--no-name`.
    ///
    /// - Throws: `CommandFailure` that names the flag.
    init(_ arguments: [String]) throws {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("--"), argument.count > 2 else {
                throw CommandFailure.usage("unexpected argument “\(argument)”")
            }
            let parts = argument.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let flag = String(parts[0])
            if let option = ServeOption.all.first(where: { $0.isSwitch && flag == $0.negatedFlag }),
                parts.count == 1
            {
                values[option.name] = "false"
                continue
            }
            guard let option = ServeOption.all.first(where: { $0.flag == flag }) else {
                throw CommandFailure.usage(
                    "unknown option \(flag); fanfare serve --help lists the options")
            }
            if parts.count == 2 {
                values[option.name] = String(parts[1])
            } else if option.isSwitch {
                values[option.name] = "true"
            } else if let value = rest.popFirst() {
                values[option.name] = value
            } else {
                throw CommandFailure.usage("\(flag): expected \(option.expected)")
            }
        }
    }
}

extension ServeOption {
    fileprivate var negatedFlag: String { "--no-\(flag.dropFirst(2))" }
}
