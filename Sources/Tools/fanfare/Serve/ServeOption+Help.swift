/// The options as people read them.
extension ServeOption {
    /// The section OPTIONS of `fanfare serve --help`.
    static var overview: String {
        all.map { option in
            let lines = TextTable.wrapped(option.summary, width: 68).map { "      \($0)" }
            return (["  \(option.usage)"] + lines).joined(separator: "\n")
        }.joined(separator: "\n")
    }

    /// What `fanfare serve --help-config` prints.
    static var reference: String {
        let intro = """
            Flags win over the environment, the environment over the file. The file is named by
            --config or FANFARE_CONFIG and ends in .toml, .yaml, .yml or .json; its keys are the
            names below.
            """
        let entries = all.map { option in
            """
            \(option.name)
              \(option.help)
              flag         \(option.usage)
              environment  \(option.variable)
              value        \(option.expected)
              default      \(option.standardText)
            """
        }
        return ([intro] + entries).joined(separator: "\n\n")
    }

    private var usage: String {
        guard isSwitch else { return "\(flag) <\(valueName)>" }
        return standard == "true" ? "--no-\(flag.dropFirst(2))" : flag
    }

    private var summary: String {
        if isSwitch { return standard == "true" ? "Do not \(help.lowercasedFirst)" : help }
        return isRequired ? "\(help) Required." : "\(help) (default: \(standardText))"
    }

    private var standardText: String { standard ?? standardMeaning ?? "none; it is required" }
}

extension String {
    fileprivate var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}
