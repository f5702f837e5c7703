import Configuration

extension ServeSettings {
    /// Puts the settings together: flags win over the environment, and that over the file.
    ///
    /// - Parameters:
    ///   - arguments: The flags.
    ///   - configuration: The path of the file; nil to look for one in the environment.
    ///   - environment: The process's environment.
    /// - Throws: `CommandFailure` that says where a wrong value stands and what was expected.
    init(
        arguments: [String], configuration: String?, environment: [String: String]
    ) throws {
        let flags = try ServeArguments(arguments)
        let path = configuration ?? environment["FANFARE_CONFIG"]
        let file = try path.map { try ConfigurationFile($0) }
        if let file { try Self.checkKeys(file) }
        var sources: [any ConfigProvider] = [
            InMemoryProvider(
                name: "flags",
                values: Dictionary(
                    uniqueKeysWithValues: flags.values.map { name, value in
                        (AbsoluteConfigKey([name]), ConfigValue(.string(value), isSecret: false))
                    })),
            EnvironmentVariablesProvider(environmentVariables: environment)
                .prefixKeys(with: "fanfare"),
        ]
        if let file { sources.append(file.provider) }
        let reader = ConfigReader(providers: sources)
        self.init()
        for option in ServeOption.all {
            guard let text = reader.string(forKey: ConfigKey(option.name)) ?? option.standard
            else {
                guard option.isRequired else { continue }
                throw CommandFailure.usage(
                    "\(option.flag) is missing: \(option.help) "
                        + "\(option.variable) and the key \(option.name) say it too.")
            }
            guard option.read(text, &self) else {
                throw CommandFailure.usage(
                    "\(Self.place(of: option, flags, environment, file)): “\(text)” cannot be "
                        + "used; expected \(option.expected)")
            }
        }
        guard shutdownDelay < shutdownTimeout else {
            throw CommandFailure.usage(
                "shutdown_delay is not below shutdown_timeout, which includes it")
        }
    }

    /// Who gave the value that counts.
    private static func place(
        of option: ServeOption, _ flags: ServeArguments, _ environment: [String: String],
        _ file: ConfigurationFile?
    ) -> String {
        if flags.values[option.name] != nil { return option.flag }
        if environment[option.variable] != nil { return option.variable }
        if let file, let entry = file.entries.last(where: { $0.key == option.name }) {
            return "\(file.place(entry)): \(option.name)"
        }
        return "the default of \(option.name)"
    }

    /// A key that nothing reads is a mistake in its spelling.
    private static func checkKeys(_ file: ConfigurationFile) throws {
        for entry in file.entries {
            guard let option = ServeOption.all.first(where: { $0.name == entry.key }) else {
                let known = ServeOption.all.map(\.name).joined(separator: ", ")
                throw CommandFailure.usage(
                    "\(file.place(entry)): unknown key “\(entry.key)”; expected one of \(known)")
            }
            guard entry.text != nil else {
                throw CommandFailure.usage(
                    "\(file.place(entry)): \(option.name): expected \(option.expected)")
            }
        }
    }
}
